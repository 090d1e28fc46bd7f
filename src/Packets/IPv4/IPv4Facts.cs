namespace Weft.Packets;

/// <summary>Offsets and masks of the IPv4 header (RFC 791 section 3.1).</summary>
internal static class IPv4Facts
{
    public const int MinLength = 20;
    public const int MaxLength = 60;
    public const int TypeOfServiceOffset = 1;
    public const int TotalLengthOffset = 2;
    public const int IdentificationOffset = 4;
    public const int FragmentOffset = 6;
    public const int TimeToLiveOffset = 8;
    public const int ProtocolOffset = 9;
    public const int ChecksumOffset = 10;
    public const int SourceOffset = 12;
    public const int DestinationOffset = 16;

    public const int DontFragment = 0x4000;
    public const int MoreFragments = 0x2000;
    public const int FragmentOffsetMask = 0x1FFF;
}
