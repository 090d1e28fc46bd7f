namespace Weft.Packets;

/// <summary>An IPv6 header as a value (RFC 8200 section 3).</summary>
public readonly record struct IPv6Header
{
    /// <summary>Octets of a header.</summary>
    public const int Length = IPv6Facts.Length;

    /// <summary>Creates a header with a hop limit of 64 (RFC 1700) and everything else 0.</summary>
    public IPv6Header() => HopLimit = 64;

    /// <summary>Differentiated services code point, 0 to 63 (RFC 2474).</summary>
    public byte Dscp { get; init; }

    /// <summary>Explicit congestion notification, 0 to 3 (RFC 3168 section 5).</summary>
    public byte Ecn { get; init; }

    /// <summary>Flow label, 0 to 0xFFFFF (RFC 6437).</summary>
    public uint FlowLabel { get; init; }

    /// <summary>Octets of extension headers and upper layer, 0 to 65,535.</summary>
    public int PayloadLength { get; init; }

    /// <summary>Type of the first header behind this one.</summary>
    public IpProtocol NextHeader { get; init; }

    /// <summary>Hops that are left; 64 unless set.</summary>
    public byte HopLimit { get; init; }

    /// <summary>Sender.</summary>
    public IPv6Address Source { get; init; }

    /// <summary>Receiver.</summary>
    public IPv6Address Destination { get; init; }

    /// <summary>Writes the header and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or a field out of range.</exception>
    public int Write(Span<byte> destination)
    {
        Wire.AtMost(Dscp, 63, nameof(Dscp));
        Wire.AtMost(Ecn, 3, nameof(Ecn));
        Wire.AtMost(FlowLabel, 0xF_FFFF, nameof(FlowLabel));
        Wire.AtMost(PayloadLength, ushort.MaxValue, nameof(PayloadLength));
        Span<byte> bytes = Wire.Take(destination, Length);
        Wire.Put32(bytes, 0, 0x6000_0000 | ((uint)Dscp << 22) | ((uint)Ecn << 20) | FlowLabel);
        Wire.Put16(bytes, IPv6Facts.PayloadLengthOffset, PayloadLength);
        bytes[IPv6Facts.NextHeaderOffset] = (byte)NextHeader;
        bytes[IPv6Facts.HopLimitOffset] = HopLimit;
        Source.Write(bytes[IPv6Facts.SourceOffset..]);
        Destination.Write(bytes[IPv6Facts.DestinationOffset..]);
        return Length;
    }
}
