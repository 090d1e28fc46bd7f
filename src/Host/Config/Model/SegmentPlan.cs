namespace Weft.Host.Config;

/// <summary>One layer-2 segment: a VLAN on local ports, joined to a virtual network (VNI) on a tunnel endpoint.</summary>
public sealed record SegmentPlan
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>VLAN on local ports, 1 to 4094; unique.</summary>
    public required ushort Vlan { get; init; }

    /// <summary>Virtual network identifier, 24 bits (RFC 7348 section 5); null if the segment is local only.</summary>
    public required uint? Vni { get; init; }

    /// <summary>Index into <see cref="SwitchPlan.Vteps"/>; -1 if the segment is local only.</summary>
    public required int Vtep { get; init; }

    /// <summary>Remote VTEPs that get copies of broadcast, unknown unicast and multicast (head-end replication). All of the endpoint's family.</summary>
    public required IReadOnlyList<TunnelAddress> Peers { get; init; }

    /// <summary>Whether the endpoints of other hosts of the cluster that have the same VNI are peers as well.</summary>
    public bool Discover { get; init; }

    /// <summary>The peers of <see cref="Peers"/> that the configuration names; the others were discovered.</summary>
    public IReadOnlyList<TunnelAddress> NamedPeers { get; init; } = [];

    /// <summary>Whether source addresses are learned.</summary>
    public required bool Learning { get; init; }

    /// <summary>Whether unknown unicast is flooded (true) or dropped.</summary>
    public required bool FloodUnknown { get; init; }

    /// <summary>Whether ARP requests for known bindings are answered here instead of flooded.</summary>
    public required bool SuppressArp { get; init; }

    /// <summary>Whether IPv6 neighbour solicitations for known bindings are answered here instead of flooded.</summary>
    public required bool SuppressNd { get; init; }

    /// <summary>Time within which a question that is asked again is flooded; see <see cref="Bridge.BridgeSegmentOptions.AskAgain"/>.</summary>
    public TimeSpan AskAgain { get; init; } = Bridge.BridgeSegmentOptions.DefaultAskAgain;

    /// <summary>Time after which an entry that is not refreshed is forgotten, 10 s to 1,000,000 s (IEEE 802.1Q table 8-5).</summary>
    public required TimeSpan Ageing { get; init; }

    /// <summary>Most learned addresses in the segment.</summary>
    public required int MaxMacs { get; init; }

    /// <summary>Entries that never age nor move.</summary>
    public required IReadOnlyList<StaticMacPlan> StaticEntries { get; init; }

    /// <summary>Access lists, as places in <see cref="SwitchPlan.AccessLists"/>.</summary>
    public Bridge.AclBinding Acl { get; init; } = Bridge.AclBinding.None;

    /// <summary>How IP multicast is treated.</summary>
    public SegmentMulticastPlan Multicast { get; init; } = new();
}
