namespace Weft.Packets;

/// <summary>Offsets of the IPv6 header (RFC 8200 section 3).</summary>
internal static class IPv6Facts
{
    public const int Length = 40;
    public const int PayloadLengthOffset = 4;
    public const int NextHeaderOffset = 6;
    public const int HopLimitOffset = 7;
    public const int SourceOffset = 8;
    public const int DestinationOffset = 24;

    /// <summary>Octets of a fragment header (RFC 8200 section 4.5).</summary>
    public const int FragmentLength = 8;

    /// <summary>Extension headers that a walk passes before it gives up: more than any sender has reason for.</summary>
    public const int MaxExtensions = 8;
}
