using Weft.Conformance.BridgeTests;
using Weft.Host.Config;
using Weft.Host.Datapath;
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
        [DropReason.BondDown] = () => After(BondPlans.Bonded(), BondPlans.Machine, TestFrames.Plain(TestFrames.B, TestFrames.A)),
    };

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
