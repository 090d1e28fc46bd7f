using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Jumbo frames over a path that drops IP fragments and everything over 1,500 bytes: through the switch, and through plain VXLAN.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class FragmentationLiveTests
{
    [Theory]
    [InlineData("geneve", "fragmentation: {policy: fragment}")]
    [InlineData("vxlan-gpe", "fragmentation: {policy: fragment}")]
    [InlineData("vxlan", "fragmentation: {policy: fragment, vxlanReservedBits: all-receivers-know}")]
    public async Task Frames_of_9000_bytes_and_iperf3_cross_a_path_that_drops_fragments_and_long_packets(string encapsulation, string fragmentation)
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "iperf3", "sysctl");
        using var lab = new FragmentationLab(linkMtu: 9100);
        await using SwitchHost left = SwitchHost.Start(FragmentationLab.Read(lab.Configuration(0, fragmentation, encapsulation: encapsulation)));
        await using SwitchHost right = SwitchHost.Start(FragmentationLab.Read(lab.Configuration(1, fragmentation, encapsulation: encapsulation)));
        Command.UntilItSucceeds(() => lab.Ping(FragmentationLab.InnerMtu)).Required();
        using (RunningCommand server = lab.Right.Start("iperf3", "-s", "--forceflush"))
        {
            Assert.True(server.WaitForOutput("Server listening", TimeSpan.FromSeconds(30)), server.Error);
            foreach (string[] run in (string[][])[[], ["-R"], ["-u", "-b", "50M", "-l", "8900"]])
            {
                CommandResult result = lab.Left.Run("iperf3", ["-c", "10.0.0.2", "-t", "1", .. run]).Required();
                TestContext.Current.TestOutputHelper?.WriteLine(result.Output);
                Assert.Contains("receiver", result.Output);
            }
        }

        Assert.Equal(0, lab.Counted("fragments"));
        Assert.Equal(0, lab.Counted("oversize"));
        foreach (SwitchHost host in (SwitchHost[])[left, right])
        {
            SwitchSnapshot end = await host.SnapshotAsync();
            Assert.True(end.Totals.Balanced, end.Totals.ToString());
            TunnelSnapshot tunnel = Assert.Single(end.Tunnels);
            Assert.True(tunnel.Fragmented > 0 && tunnel.Reassembled > 0, tunnel.ToString());
            Assert.True(tunnel.FragmentsSent >= 2 * tunnel.Fragmented, tunnel.ToString());
        }
    }

    [Theory]
    [InlineData(9100, "oversize")] // the sender believes its link and sends packets that the path drops
    [InlineData(1500, "fragments")] // the sender's kernel cuts them into IP fragments, and the path drops these
    public void Plain_vxlan_loses_the_same_frames(int linkMtu, string dropped)
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "sysctl");
        using var lab = new FragmentationLab(linkMtu);
        lab.UseKernelVxlan();
        Assert.True(Wait.Until(() => lab.Ping(1400, count: 1).Succeeded, TimeSpan.FromSeconds(30)));
        // The flag would have the kernel answer "packet too big" itself and send nothing at all.
        Assert.False(lab.Ping(FragmentationLab.InnerMtu, dontFragment: false).Succeeded);
        Assert.True(lab.Counted(dropped) > 0);
    }

    [Fact]
    public async Task A_kernel_router_that_answers_packet_too_big_makes_fragments_smaller()
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "sysctl");
        using var lab = new FragmentationLab(linkMtu: 9100);
        lab.Narrow(1300);
        await using SwitchHost left = SwitchHost.Start(lab.Plan(0, "fragment"));
        // The other side's own link is the narrow one.
        SwitchPlan there = lab.Plan(1, "fragment");
        await using SwitchHost right = SwitchHost.Start(there with { Vteps = [there.Vteps[0] with { MtuBytes = 1300 }] });
        Assert.True(Wait.Until(() => lab.Ping(FragmentationLab.InnerMtu, count: 1).Succeeded, TimeSpan.FromSeconds(30)));
        Assert.Equal(1300, (await left.SnapshotAsync()).Tunnels[0].PathMtuBytes);
    }

    [Fact]
    public async Task Rfc8899_Section5_A_path_that_drops_long_packets_and_says_nothing_is_found_out_by_probes()
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "sysctl");
        using var lab = new FragmentationLab(linkMtu: 9100);
        const string Keys = "fragmentation: {policy: fragment}, pathMtu: {probe: true, probeTimeoutSeconds: 1, maxProbes: 2}";
        await using SwitchHost left = SwitchHost.Start(FragmentationLab.Read(lab.Configuration(0, Keys, mtu: 9100)));
        await using SwitchHost right = SwitchHost.Start(FragmentationLab.Read(lab.Configuration(1, Keys, mtu: 9100)));
        foreach (SwitchHost host in (SwitchHost[])[left, right])
        {
            Assert.True(Wait.Until(() => host.SnapshotAsync().GetAwaiter().GetResult().Tunnels[0].PathMtuBytes is >= 1493 and <= 1500, TimeSpan.FromSeconds(90)), $"{(await host.SnapshotAsync()).Tunnels[0]}");
        }

        Assert.True(lab.Counted("oversize") > 0); // probes that were lost without a word
        Command.UntilItSucceeds(() => lab.Ping(FragmentationLab.InnerMtu)).Required();
    }

    [Fact]
    public async Task A_kernel_that_is_told_which_length_fits_sends_no_longer_packets()
    {
        LiveRequirements.Need("ethtool", "ping", "nft", "sysctl", "iperf3");
        using var lab = new FragmentationLab(linkMtu: 9100);
        await using SwitchHost left = SwitchHost.Start(lab.Plan(0, "signal"));
        await using SwitchHost right = SwitchHost.Start(lab.Plan(1, "signal"));
        Command.UntilItSucceeds(() => lab.Ping(1400)).Required();
        CommandResult refused = lab.Ping(FragmentationLab.InnerMtu);
        Assert.Contains("mtu = 1450", refused.Output + refused.Error);
        Assert.Contains("mtu 1450", lab.Left.Ip("route", "get", "10.0.0.2").Output);
        using RunningCommand server = lab.Right.Start("iperf3", "-s", "--forceflush");
        Assert.True(server.WaitForOutput("Server listening", TimeSpan.FromSeconds(30)), server.Error);
        lab.Left.Run("iperf3", "-c", "10.0.0.2", "-t", "1").Required();
        Assert.Equal(0, lab.Counted("oversize"));
    }
}
