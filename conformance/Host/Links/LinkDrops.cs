using Weft.Conformance.BridgeTests;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What makes a port drop what neighbours say to it, by reason.</summary>
internal static class LinkDrops
{
    public static Dictionary<DropReason, Func<Dictionary<string, long>>> Producers { get; } = new()
    {
        [DropReason.LinkMalformed] = () => After(LldpHostTests.Discovering(), Web1, LldpFrames.OfLldpd[..30]),
        [DropReason.LinkNeighborsFull] = () => After(LldpHostTests.Discovering() with { Lldp = new LldpPlan { MaxNeighbors = 1 } }, Web1, LldpFrames.Neighbor(1), LldpFrames.Neighbor(2)),
        [DropReason.LinkNotCollecting] = () => After(BondPlans.Bonded(), BondPlans.Link1, TestFrames.Plain(TestFrames.B, TestFrames.A)),
        [DropReason.GuardDhcpServer] = () => After(GuardTests.Guarded(), Web1, DhcpFrames.FromServer(TestFrames.A, TestFrames.B, IPv4Address.Parse("10.0.0.5"), 60)),
        [DropReason.GuardDhcpClient] = () => After(GuardTests.Guarded(), Web1, DhcpFrames.FromClient(TestFrames.A, TestFrames.B)),
        [DropReason.GuardDhcpRate] = () => After(GuardTests.Guarded(), Web1, [.. Enumerable.Repeat(DhcpFrames.FromClient(TestFrames.A, TestFrames.A), 20)]),
        [DropReason.GuardSource] = () => After(GuardTests.Guarded(), Web1, GuardTests.Ip(TestFrames.A, "10.0.0.5")),
        [DropReason.GuardNeighbor] = () => After(GuardTests.Guarded(), Web1, TestFrames.Arp(1, TestFrames.Broadcast, TestFrames.A, IPv4Address.Parse("10.0.0.5"), default, default)),
        [DropReason.GuardRouter] = () => After(GuardTests.Guarded(), Web1, DhcpFrames.Icmp6(TestFrames.A, "fe80::a", 134)),
        [DropReason.LoopProbeForged] = ForgedProbe,
        [DropReason.PortShut] = () => After(PortShutdownTests.Limited(RefusedSourceAction.Shutdown), Web1, TestFrames.Plain(TestFrames.B, TestFrames.A), TestFrames.Plain(TestFrames.B, TestFrames.C), TestFrames.Plain(TestFrames.B, TestFrames.A)),
        [DropReason.EgressPortShut] = ShutAhead,
        [DropReason.BondDown] = () => After(BondPlans.Bonded(), BondPlans.Machine, TestFrames.Plain(TestFrames.B, TestFrames.A)),
    };

    private static Dictionary<string, long> ForgedProbe()
    {
        using var rig = new SwitchRig(LoopGuardHostTests.Guarded(Web1));
        byte[] probe = LoopGuardHostTests.Probes(rig.Run(), Web1)[0];
        probe[37] ^= 1;
        return rig.Pass(Web2, probe).Drops();
    }

    private static Dictionary<string, long> ShutAhead()
    {
        using var rig = new SwitchRig(PortShutdownTests.Limited(RefusedSourceAction.Shutdown));
        return rig.Pass(Web1, TestFrames.Plain(TestFrames.B, TestFrames.A)).Pass(Web1, TestFrames.Plain(TestFrames.B, TestFrames.C)).Pass(Web2, TestFrames.Plain(TestFrames.Broadcast, TestFrames.B)).Drops();
    }

    private static Dictionary<string, long> After(SwitchPlan plan, int port, params byte[][] frames)
    {
        using var rig = new SwitchRig(plan);
        foreach (byte[] frame in frames)
        {
            rig.Pass(port, frame);
        }

        return rig.Drops();
    }
}
