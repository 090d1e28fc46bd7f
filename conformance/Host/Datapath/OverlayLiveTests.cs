using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>The switch as the tunnel peer of the kernel's vxlan device.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class OverlayLiveTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ping_arp_ipv6_and_jumbo_frames_cross_to_the_kernels_vxlan_device(bool underlayIPv6)
    {
        LiveRequirements.Need("ping");
        using var lab = new OverlayLab(underlayIPv6);
        SwitchSnapshot end;
        await using (SwitchHost host = lab.Start())
        {
            Assert.True(lab.ReachesKernel());
            Command.UntilItSucceeds(() => lab.Ping("-c", "3", "-i", "0.2", "10.0.0.2")).Required();
            Command.UntilItSucceeds(() => lab.Ping("-c", "2", "-i", "0.2", "2001:db8:a::2")).Required();
            Command.UntilItSucceeds(() => lab.Ping("-c", "2", "-i", "0.2", "-M", "do", "-s", "8972", "10.0.0.2")).Required();
            Command.UntilItSucceeds(() => lab.PingEndpoint("-c", "3", "-i", "0.2")).Required();
            Assert.Contains("lladdr", lab.Machine.Ip("neigh", "show", "10.0.0.2").Output);
            end = await host.SnapshotAsync();
        }

        Assert.True(end.Totals.Balanced, end.Totals.ToString());
        Assert.Contains(end.Fdb, entry => entry.Peer?.ToString() == lab.Peer);
        Assert.Contains(end.Neighbors, neighbor => neighbor.State == "reachable");
    }

    [Fact]
    public async Task Tcp_and_udp_of_iperf3_cross_in_both_directions()
    {
        LiveRequirements.Need("ping", "iperf3");
        using var lab = new OverlayLab();
        await using SwitchHost host = lab.Start();
        Assert.True(lab.ReachesKernel());
        using RunningCommand server = lab.Kernel.Start("iperf3", "-s", "--forceflush");
        Assert.True(server.WaitForOutput("Server listening", TimeSpan.FromSeconds(30)), server.Error);

        string[][] runs = [[], ["-R"], ["-u", "-b", "20M", "-l", "1400"], ["-u", "-b", "20M", "-l", "1400", "-R"]];
        foreach (string[] run in runs)
        {
            CommandResult result = lab.Machine.Run("iperf3", ["-c", "10.0.0.2", "-t", "1", .. run]).Required();
            TestContext.Current.TestOutputHelper?.WriteLine(result.Output);
            Assert.Contains("receiver", result.Output);
        }

        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(end.Totals.Balanced, end.Totals.ToString());
    }

    [Fact]
    public async Task Traffic_resumes_when_the_switch_is_stopped_and_started_again()
    {
        LiveRequirements.Need("ping");
        using var lab = new OverlayLab();
        await using (SwitchHost first = lab.Start())
        {
            Assert.True(lab.ReachesKernel());
        }

        Assert.False(lab.Ping("-c", "1", "-W", "1", "10.0.0.2").Succeeded);
        await using SwitchHost second = lab.Start();
        Assert.True(lab.ReachesKernel());
    }

    [Fact]
    public async Task A_device_that_goes_away_stops_nobody_else_and_traffic_resumes_when_it_is_back()
    {
        LiveRequirements.Need("ping");
        using var lab = new OverlayLab();
        await using SwitchHost host = lab.Start();
        Assert.True(lab.ReachesKernel());
        lab.Middle.Ip("link", "set", "up0", "down");
        lab.Ping("-c", "1", "-W", "1", "10.0.0.2");
        SwitchSnapshot during = await host.SnapshotAsync();
        Assert.Equal(PortStatus.Down, during.Ports[1].Status);
        lab.Middle.Ip("link", "set", "up0", "up");
        Assert.True(lab.ReachesKernel());
        Assert.True((await host.SnapshotAsync()).Totals.Balanced);
    }
}
