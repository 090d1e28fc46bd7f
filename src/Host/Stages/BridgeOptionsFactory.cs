using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Says a configured switch in the words of Weft.Bridge.</summary>
internal static class BridgeOptionsFactory
{
    /// <summary>Room for entries beyond the segments' limits: hashing needs slack to place every one.</summary>
    private const int MinCapacity = 1024;

    /// <summary>Changes of the filtering database between two looks of a bridge node; more and it compares everything.</summary>
    private const int JournalCapacity = 16_384;

    /// <summary>Times in an ageing period that workers tell each other that a station is still there.</summary>
    private const int SharesPerAgeing = 8;

    public static LearningBridgeOptions Create(SwitchTopology topology, HashSeed seed, Timestamp start)
    {
        SwitchPlan plan = topology.Plan;
        int macs = plan.Segments.Sum(segment => segment.MaxMacs + segment.StaticEntries.Count) + plan.Routers.Sum(router => router.Interfaces.Count);
        int capacity = Math.Max(MinCapacity, macs + (macs / 4));
        return new LearningBridgeOptions
        {
            Ports = [.. plan.Ports.Select(PortOf), .. plan.Routers.Select(router => PortOf(plan, router))],
            Segments = [.. plan.Segments.Index().Select(segment => SegmentOf(topology, segment.Item))],
            VtepCount = topology.Peers.Count,
            MacCapacity = capacity,
            BindingCapacity = capacity,
            Seed = seed,
            Start = start,
            MoveDamping = plan.MoveDamping,
            SharePeriod = plan.Workers > 1 && plan.Bridges.Count == 0 ? plan.Segments.Select(segment => segment.Ageing).DefaultIfEmpty().Min() / SharesPerAgeing : TimeSpan.Zero,
            JournalCapacity = plan.Bridges.Count > 0 ? JournalCapacity : 0,
            Journals = Math.Max(1, plan.Bridges.Count),
        };
    }

    private static BridgePortOptions PortOf(PortPlan port) => port.Role != PortRole.Access
        ? new BridgePortOptions()
        : new BridgePortOptions
        {
            Pvid = port.NativeVlan,
            TaggedVlans = port.VlanMode == VlanMode.Trunk ? port.AllowedVlans : [],
            MaxLearned = port.Learning.MaxMacs,
            IsSticky = port.Learning.IsSticky,
            DropsRefusedSources = port.Learning.Refused != RefusedSourceAction.Forward,
            Storm = port.Storm,
        };

    private static BridgePortOptions PortOf(SwitchPlan plan, RouterPlan router) => new()
    {
        TaggedVlans = [.. router.Interfaces.Select(at => plan.Segments[at.Segment].Vlan)],
        ReceivesFloods = false,
    };

    private static BridgeSegmentOptions SegmentOf(SwitchTopology topology, SegmentPlan segment) => new()
    {
        Vlan = segment.Vlan,
        Vteps = [.. segment.Peers.Select(peer => topology.PeerOf(segment.Vtep, peer))],
        Learning = segment.Learning,
        FloodUnknown = segment.FloodUnknown,
        SuppressArp = segment.SuppressArp,
        SuppressNd = segment.SuppressNd,
        AskAgain = segment.AskAgain,
        Ageing = segment.Ageing,
        MaxLearned = segment.MaxMacs,
    };
}
