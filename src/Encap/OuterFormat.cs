namespace Weft.Encap;

/// <summary>Where the fields of outer headers are that change from packet to packet, or that a receiver looks at.</summary>
internal static class OuterFormat
{
    public const int EthernetLength = 14;
    public const int EtherTypeOffset = 12;

    public const int IPv4Length = 20;
    public const int IPv4TypeOfServiceOffset = 1;
    public const int IPv4TotalLengthOffset = 2;
    public const int IPv4IdentificationOffset = 4;
    public const int IPv4FragmentOffset = 6;
    public const int IPv4TimeToLiveOffset = 8;
    public const int IPv4ProtocolOffset = 9;
    public const int IPv4ChecksumOffset = 10;
    public const int IPv4SourceOffset = 12;
    public const int IPv4DestinationOffset = 16;
    public const ushort DontFragment = 0x4000;

    public const int IPv6Length = 40;
    public const int IPv6PayloadLengthOffset = 4;
    public const int IPv6NextHeaderOffset = 6;
    public const int IPv6HopLimitOffset = 7;
    public const int IPv6SourceOffset = 8;
    public const int IPv6DestinationOffset = 24;

    public const int UdpLength = 8;
    public const int UdpDestinationOffset = 2;
    public const int UdpLengthOffset = 4;
    public const int UdpChecksumOffset = 6;

    /// <summary>Octets of a VXLAN header (RFC 7348 section 5) and of a Geneve header without options (RFC 8926 section 3.4).</summary>
    public const int TunnelLength = 8;

    /// <summary>Offset of the 24-bit VNI, in both.</summary>
    public const int VniOffset = 4;

    /// <summary>The I flag of VXLAN (RFC 7348 section 5).</summary>
    public const byte VxlanVniFlag = 0x08;

    /// <summary>Offset of Geneve's control and critical flags.</summary>
    public const int GeneveFlagsOffset = 1;

    public const byte GeneveControlFlag = 0x80;
    public const int GeneveProtocolOffset = 2;
    public const int GeneveOptionHeaderLength = 4;
    public const int GeneveOptionTypeOffset = 2;
    public const int GeneveOptionLengthOffset = 3;
    public const byte GeneveOptionCritical = 0x80;
    public const byte GeneveOptionLengthMask = 0x1F;
}
