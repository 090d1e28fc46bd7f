namespace Weft.Multicast;

/// <summary>A port's part in a segment.</summary>
public sealed record SegmentMember
{
    /// <summary>The port, as numbered in <see cref="SnoopingOptions.Ports"/>.</summary>
    public required int Port { get; init; }

    /// <summary>VLAN identifier of frames that leave here, 1 to 4,094, or 0 for none.</summary>
    public ushort Vlan { get; init; }

    /// <summary>True for a remote tunnel endpoint: nothing goes from one to another, and its copies follow <see cref="MulticastSegmentOptions.Replication"/>.</summary>
    public bool IsVtep { get; init; }

    /// <summary>Number of the underlay subnet that a remote tunnel endpoint is in, 0 to 255; 0 is this switch's own.</summary>
    public byte Subnet { get; init; }

    /// <summary>
    /// Outer Ethernet, IPv4 or IPv6, UDP and tunnel header in front of every replica, with lengths and checksums of 0: 50 to 128
    /// bytes, untagged, without IP options. Empty, the default, if the sink encapsulates.
    /// </summary>
    public ReadOnlyMemory<byte> OuterHeader { get; init; }
}
