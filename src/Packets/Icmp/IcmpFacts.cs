namespace Weft.Packets;

/// <summary>What ICMP for IPv4 and IPv6 have in common (RFC 792, RFC 4443).</summary>
internal static class IcmpFacts
{
    /// <summary>Octets in front of the body of every message: type, code, checksum and four octets that depend on the type.</summary>
    public const int Length = 8;

    public const int CodeOffset = 1;
    public const int ChecksumOffset = 2;
    public const int IdentifierOffset = 4;
    public const int SequenceOffset = 6;

    /// <summary>The part that a message of <paramref name="type"/> plays in a query.</summary>
    public static IcmpQueryRole RoleOf(IpProtocol protocol, byte type) => (protocol, type) switch
    {
        (IpProtocol.Icmp, 8 or 13 or 15 or 17) => IcmpQueryRole.Request, // Echo, timestamp, information, address mask.
        (IpProtocol.Icmp, 0 or 14 or 16 or 18) => IcmpQueryRole.Reply,
        (IpProtocol.IcmpV6, 128) => IcmpQueryRole.Request,
        (IpProtocol.IcmpV6, 129) => IcmpQueryRole.Reply,
        _ => IcmpQueryRole.None,
    };
}
