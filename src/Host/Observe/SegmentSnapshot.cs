namespace Weft.Host.Observe;

/// <summary>One layer-2 segment at one instant.</summary>
public sealed record SegmentSnapshot
{
    /// <summary>Name of the segment.</summary>
    public required string Name { get; init; }

    /// <summary>VLAN on local ports.</summary>
    public required ushort Vlan { get; init; }

    /// <summary>Virtual network identifier, null if the segment is local only.</summary>
    public required uint? Vni { get; init; }

    /// <summary>Name of the tunnel endpoint, null if the segment is local only.</summary>
    public required string? Vtep { get; init; }

    /// <summary>Names of the local member ports.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>Addresses of the remote tunnel endpoints.</summary>
    public required IReadOnlyList<string> Peers { get; init; }

    /// <summary>Frames that came into the segment from ports, peers and routers, whatever became of them.</summary>
    public required long Frames { get; init; }

    /// <summary>Bytes of these frames.</summary>
    public required long Bytes { get; init; }

    /// <summary>Learned and static addresses in the filtering database; null if the snapshot was asked for without it.</summary>
    public required int? Macs { get; init; }
}
