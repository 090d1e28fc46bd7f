using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>The router between two kernels, which judge its ARP, neighbour discovery, ICMP, checksums and fragments.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class RouterLiveTests
{
    [Fact]
    public async Task Kernels_ping_through_the_router_and_the_router_itself_and_learn_of_unreachable_networks()
    {
        LiveRequirements.Need("ping");
        using var lab = new RouterLab();
        await using SwitchHost host = lab.Start();
        foreach (string there in new[] { "10.2.0.2", "10.3.0.1", "2001:db8:2::2", "10.1.0.1", "10.2.0.1", "2001:db8:1::1", "2001:db8:2::1" })
        {
            Command.UntilItSucceeds(() => lab.Left.Run("ping", "-c", "2", "-i", "0.2", "-W", "3", there)).Required();
        }

        Assert.Contains("ttl=63", Command.UntilItSucceeds(() => lab.Left.Run("ping", "-c", "1", "-W", "3", "10.3.0.1")).Required().Output);
        // The first line of a traceroute: the router says that the hops are used up.
        Assert.Contains("From 10.1.0.1 icmp_seq=1 Time to live exceeded", lab.Left.Run("ping", "-c", "1", "-t", "1", "-W", "3", "10.2.0.2").Output);
        Assert.Matches("From 2001:db8:1::1.*Time exceeded: Hop limit", lab.Left.Run("ping", "-c", "1", "-t", "1", "-W", "3", "2001:db8:2::2").Output);
        Assert.Contains("Destination Net Unreachable", lab.Left.Run("ping", "-c", "1", "-W", "3", "198.51.100.1").Output);
        Assert.Contains("Packet filtered", lab.Left.Run("ping", "-c", "1", "-W", "3", "10.4.0.1").Output);
        Assert.Contains("Destination Host Unreachable", lab.Left.Run("ping", "-c", "1", "-W", "8", "10.2.0.99").Output);
        Assert.Matches("(No route|Unreachable)", lab.Left.Run("ping", "-c", "1", "-W", "3", "2001:db8:ffff::1").Output);

        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(end.Totals.Balanced, end.Totals.ToString());
        Assert.Contains(end.RouterNeighbors, neighbor => neighbor is { Router: "r1", Segment: "green" } && neighbor.Mac is not null);
        Assert.DoesNotContain(end.Drops, drop => drop.Reason is "route-malformed" or "route-header-checksum");
    }

    [Fact]
    public async Task A_kernel_learns_the_path_mtu_and_fragments_of_the_router_are_put_together()
    {
        LiveRequirements.Need("ping");
        using var lab = new RouterLab();
        await using SwitchHost host = lab.Start();
        Assert.Contains($"mtu = {RouterLab.RightMtu}", lab.Left.Run("ping", "-c", "1", "-M", "do", "-s", "1472", "-W", "3", "10.2.0.2").Output);
        Assert.Contains($"mtu {RouterLab.RightMtu}", lab.Left.Ip("route", "get", "10.2.0.2").Output);
        Command.UntilItSucceeds(() => lab.Left.Run("ping", "-c", "2", "-i", "0.2", "-M", "do", "-s", $"{RouterLab.RightMtu - 28}", "-W", "3", "10.2.0.2")).Required();
        // A kernel that may not set DF leaves the cutting to the router.
        Command.UntilItSucceeds(() => lab.Left.Run("ping", "-c", "2", "-i", "0.2", "-M", "dont", "-s", "1472", "-W", "3", "10.3.0.1")).Required();
        Assert.Contains($"mtu={RouterLab.RightMtu}", lab.Left.Run("ping", "-c", "2", "-i", "0.2", "-M", "do", "-s", "1452", "-W", "3", "2001:db8:2::2").Output);
        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(end.Totals.Balanced, end.Totals.ToString());
    }

    [Fact]
    public async Task Tcp_and_udp_of_iperf3_cross_from_segment_to_segment_in_both_families_and_directions()
    {
        LiveRequirements.Need("ping", "iperf3");
        using var lab = new RouterLab();
        await using SwitchHost host = lab.Start();
        using RunningCommand server = lab.Right.Start("iperf3", "-s", "--forceflush");
        Assert.True(server.WaitForOutput("Server listening", TimeSpan.FromSeconds(30)), server.Error);
        string[][] runs = [["10.2.0.2"], ["10.2.0.2", "-R"], ["2001:db8:2::2"], ["2001:db8:2::2", "-R"], ["10.2.0.2", "-u", "-b", "10M", "-l", "1300"]];
        foreach (string[] run in runs)
        {
            CommandResult result = lab.Left.Run("iperf3", ["-t", "1", "-c", .. run]).Required();
            Assert.Contains("receiver", result.Output);
        }

        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(end.Totals.Balanced, end.Totals.ToString());
        Assert.True(end.Stages.Single(stage => stage.Name == "route").Packets > 1000);
    }
}
