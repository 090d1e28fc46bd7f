namespace Weft.Packets;

/// <summary>Why <see cref="PacketLayout"/> stopped looking. Each is a drop reason or counter further up.</summary>
public enum LayoutError : byte
{
    /// <summary>Nothing was wrong.</summary>
    None = 0,

    /// <summary>Fewer bytes than an Ethernet header.</summary>
    EthernetTruncated,

    /// <summary>A VLAN tag is cut off.</summary>
    VlanTruncated,

    /// <summary>More VLAN tags than <see cref="VlanTag.MaxStack"/>.</summary>
    VlanStackTooDeep,

    /// <summary>The IPv4 header is cut off.</summary>
    IPv4Truncated,

    /// <summary>Version not 4, header length below 5 words or total length shorter than the header (RFC 791 section 3.1).</summary>
    IPv4Invalid,

    /// <summary>The total length field promises more than the frame holds.</summary>
    IPv4LengthPastEnd,

    /// <summary>The IPv6 header is cut off.</summary>
    IPv6Truncated,

    /// <summary>Version not 6.</summary>
    IPv6Invalid,

    /// <summary>The payload length field promises more than the frame holds.</summary>
    IPv6LengthPastEnd,

    /// <summary>An IPv6 extension header is cut off or does not fit.</summary>
    ExtensionTruncated,

    /// <summary>More IPv6 extension headers than the walk allows.</summary>
    ExtensionChainTooLong,

    /// <summary>A transport header is cut off.</summary>
    TransportTruncated,

    /// <summary>A transport header contradicts itself, for example a TCP data offset below 5 words or a UDP length below 8.</summary>
    TransportInvalid,

    /// <summary>The frame is longer than 65,535 bytes, the largest that offsets of 16 bits can describe.</summary>
    FrameTooLong,
}
