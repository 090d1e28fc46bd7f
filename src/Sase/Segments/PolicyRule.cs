using Weft.Packets;

namespace Weft.Sase;

/// <summary>One rule of a tenant: flows that match, and whether they may be. A flow's sender is who opened it.</summary>
public sealed record PolicyRule
{
    /// <summary>Name, for explanations.</summary>
    public required string Name { get; init; }

    /// <summary>True if flows that match may be.</summary>
    public required bool Allow { get; init; }

    /// <summary>Who opens the flow: true for the Internet, false for the tenant's sites, null for both.</summary>
    public bool? FromUplink { get; init; }

    /// <summary>Transport protocol; null for all.</summary>
    public IpProtocol? Protocol { get; init; }

    /// <summary>Where the sender is. Everywhere by default.</summary>
    public IPv4Prefix Source { get; init; }

    /// <summary>Where the receiver is, by its own address and not the public one. Everywhere by default.</summary>
    public IPv4Prefix Destination { get; init; }

    /// <summary>Lowest destination port.</summary>
    public ushort FirstPort { get; init; }

    /// <summary>Highest destination port.</summary>
    public ushort LastPort { get; init; } = ushort.MaxValue;

    internal bool Matches(in FlowKey4 key, bool fromUplink) =>
        (FromUplink is null || FromUplink == fromUplink)
        && (Protocol is null || Protocol == key.Protocol)
        && key.DestinationPort >= FirstPort && key.DestinationPort <= LastPort
        && Source.Contains(key.Source)
        && Destination.Contains(key.Destination);
}
