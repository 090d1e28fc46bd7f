using Weft.Packets;

namespace Weft.Encap;

/// <summary>Where those fields of prebuilt outer headers are that change from packet to packet.</summary>
internal static class OuterFormat
{
    public const int EthernetLength = EthernetHeader.UntaggedLength;

    public const int IPv4Length = IPv4Header.MinLength;
    public const int IPv4TypeOfServiceOffset = 1;
    public const int IPv4TotalLengthOffset = 2;
    public const int IPv4IdentificationOffset = 4;
    public const int IPv4ChecksumOffset = 10;
    public const int IPv4SourceOffset = 12;

    public const int IPv6Length = IPv6Header.Length;
    public const int IPv6PayloadLengthOffset = 4;
    public const int IPv6SourceOffset = 8;

    public const int UdpLength = UdpHeader.Length;
    public const int UdpLengthOffset = 4;

    /// <summary>Octets of a VXLAN header (RFC 7348 section 5) and of a Geneve header without options (RFC 8926 section 3.4).</summary>
    public const int TunnelLength = VxlanHeader.Length;

    /// <summary>Offset of the 24-bit VNI, in both.</summary>
    public const int VniOffset = 4;

    /// <summary>The O bit, in the second octet of a Geneve header (RFC 8926 section 3.4).</summary>
    public const byte GeneveControlFlag = 0x80;
}
