namespace Weft.Packets;

/// <summary>A neighbour solicitation or advertisement as a value (RFC 4861 sections 4.3 and 4.4).</summary>
public readonly record struct NeighborMessage
{
    /// <summary>Octets without options.</summary>
    public const int MinLength = 24;

    /// <summary>Octets of a link-layer address option over Ethernet.</summary>
    public const int LinkLayerOptionLength = 8;

    internal const int FlagsOffset = 4;
    internal const int TargetOffset = 8;
    internal const byte RouterFlag = 0x80;
    internal const byte SolicitedFlag = 0x40;
    internal const byte OverrideFlag = 0x20;

    /// <summary>True for an advertisement, false for a solicitation.</summary>
    public bool IsAdvertisement { get; init; }

    /// <summary>True if the advertiser is a router.</summary>
    public bool IsRouter { get; init; }

    /// <summary>True if the advertisement answers a solicitation.</summary>
    public bool IsSolicited { get; init; }

    /// <summary>True if the advertised address overrides a cached one.</summary>
    public bool IsOverride { get; init; }

    /// <summary>The address asked for or advertised.</summary>
    public IPv6Address Target { get; init; }

    /// <summary>The sender's address in a solicitation, the target's in an advertisement; null writes no option.</summary>
    public MacAddress? LinkLayerAddress { get; init; }

    /// <summary>Octets that <see cref="Write"/> writes: 24 or 32.</summary>
    public int Length => MinLength + (LinkLayerAddress.HasValue ? LinkLayerOptionLength : 0);

    /// <summary>Writes the ICMPv6 message with its checksum and returns <see cref="Length"/>. The hop limit in front must be 255.</summary>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    /// <param name="source">Source address of the IPv6 header.</param>
    /// <param name="receiver">Destination address of the IPv6 header.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int Write(Span<byte> destination, IPv6Address source, IPv6Address receiver)
    {
        Span<byte> message = Wire.Take(destination, Length);
        Target.Write(message[TargetOffset..]);
        if (LinkLayerAddress is MacAddress address)
        {
            message[MinLength] = (byte)(IsAdvertisement ? NdOptionType.TargetLinkLayerAddress : NdOptionType.SourceLinkLayerAddress);
            message[MinLength + 1] = LinkLayerOptionLength / 8;
            address.Write(message[(MinLength + 2)..]);
        }

        int flags = (IsRouter ? RouterFlag : 0) | (IsSolicited ? SolicitedFlag : 0) | (IsOverride ? OverrideFlag : 0);
        IcmpV6Type type = IsAdvertisement ? IcmpV6Type.NeighborAdvertisement : IcmpV6Type.NeighborSolicitation;
        _ = new IcmpV6Header(type, 0, IsAdvertisement ? (uint)flags << 24 : 0).Write(
            message,
            InternetChecksum.PseudoHeader(source, receiver, IpProtocol.IcmpV6, message.Length));
        return message.Length;
    }
}
