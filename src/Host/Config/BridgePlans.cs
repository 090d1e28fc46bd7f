using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;

namespace Weft.Host.Config;

/// <summary>The plans of bridge nodes and of pairs that a host listens to.</summary>
internal static class BridgePlans
{
    public static BridgePlan Build(BridgeSection bridge, ValidationContext context)
    {
        SwitchDocument document = context.Document;
        return new BridgePlan
        {
            Name = bridge.Name.Value,
            Id = (ulong)bridge.Id.Value,
            Node = (ushort)bridge.Node.Value,
            Priority = (byte)bridge.Priority.Value,
            Port = document.Ports.FindIndex(port => port.Name.Value == bridge.Port.Value),
            Segments = bridge.Segments.Select(name => document.Segments.FindIndex(segment => segment.Name.Value == name.Value)).ToArray(),
            Vtep = document.Vteps.FindIndex(vtep => vtep.Name.Value == bridge.Vtep.Value),
            Peer = bridge.Peer.IsKnown ? bridge.Peer.Value : default,
            FindsPeer = !bridge.Peer.IsKnown,
            Key = BridgeValidator.Key(bridge.KeyFile, context),
            Preemption = bridge.Preemption.Value,
            Order = bridge.Order.Value,
            SyncPort = (ushort)bridge.SyncPort.Value,
            BfdInterval = TimeSpan.FromMilliseconds(bridge.BfdIntervalMilliseconds.Value),
            BfdMultiplier = (byte)bridge.BfdMultiplier.Value,
            BfdEncapsulation = bridge.BfdEncapsulation.Value,
            ManagementVni = (uint)bridge.ManagementVni.Value,
            PathVlan = (ushort)(bridge.PathVlan.IsKnown ? bridge.PathVlan.Value : 0),
            InitHold = TimeSpan.FromMilliseconds(bridge.InitHoldMilliseconds.Value),
            PreemptHold = TimeSpan.FromMilliseconds(bridge.PreemptHoldMilliseconds.Value),
            AnnounceAddresses = bridge.AnnounceAddresses.Value,
            HostFlush = bridge.HostFlush.Value == 0 ? null : bridge.HostFlush.Value,
            HostKey = BridgeValidator.Key(bridge.HostKeyFile, context),
            FenceLease = bridge.FenceLeaseSeconds.IsKnown ? TimeSpan.FromSeconds(bridge.FenceLeaseSeconds.Value) : null,
            HostPort = (ushort)bridge.HostPort.Value,
        };
    }

    public static BridgePairPlan Build(BridgePairSection pair, ValidationContext context) => new()
    {
        Id = (ulong)pair.Id.Value,
        Vtep = context.Document.Vteps.FindIndex(vtep => vtep.Name.Value == pair.Vtep.Value),
        Nodes = pair.Nodes.Select(node => node.Value).ToArray(),
        FindsNodes = pair.Nodes.Count == 0,
        Key = BridgeValidator.Key(pair.KeyFile, context),
        Port = (ushort)pair.Port.Value,
    };

    /// <summary>True if a node can go on under a new plan as it is: nothing of what it was built for differs, by name.</summary>
    public static bool CanGoOn(SwitchPlan before, BridgePlan old, SwitchPlan after, BridgePlan next) =>
        old with { Port = 0, Segments = next.Segments, Vtep = 0, Key = default, HostKey = default } == next with { Port = 0, Vtep = 0, Key = default, HostKey = default }
        && old.Key.Span.SequenceEqual(next.Key.Span)
        && old.HostKey.Span.SequenceEqual(next.HostKey.Span)
        && (before.Ports[old.Port].Name, before.Ports[old.Port].NativeVlan) == (after.Ports[next.Port].Name, after.Ports[next.Port].NativeVlan)
        && EndpointOf(before.Vteps[old.Vtep]) == EndpointOf(after.Vteps[next.Vtep])
        && old.Segments.Select(segment => SegmentOf(before.Segments[segment])).SequenceEqual(next.Segments.Select(segment => SegmentOf(after.Segments[segment])));

    private static (string Name, TunnelAddress Address, Packets.MacAddress Mac, TunnelKind Kind) EndpointOf(VtepPlan vtep) => (vtep.Name, vtep.Address, vtep.Mac, vtep.Kind);

    private static (string Name, ushort Vlan, uint? Vni, int MaxMacs) SegmentOf(SegmentPlan segment) => (segment.Name, segment.Vlan, segment.Vni, segment.MaxMacs);
}
