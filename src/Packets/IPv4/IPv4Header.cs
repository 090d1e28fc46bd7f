namespace Weft.Packets;

/// <summary>An IPv4 header as a value (RFC 791 section 3.1); options are handed to <see cref="Write(Span{byte}, ReadOnlySpan{byte})"/>.</summary>
public readonly record struct IPv4Header
{
    /// <summary>Octets of a header without options.</summary>
    public const int MinLength = IPv4Facts.MinLength;

    /// <summary>Most octets of options.</summary>
    public const int MaxOptionsLength = IPv4Facts.MaxLength - IPv4Facts.MinLength;

    /// <summary>Creates a header with a time to live of 64 (RFC 1700) and everything else 0.</summary>
    public IPv4Header() => TimeToLive = 64;

    /// <summary>Differentiated services code point, 0 to 63 (RFC 2474).</summary>
    public byte Dscp { get; init; }

    /// <summary>Explicit congestion notification, 0 to 3 (RFC 3168 section 5).</summary>
    public byte Ecn { get; init; }

    /// <summary>Octets of the payload; with the header at most 65,535.</summary>
    public int PayloadLength { get; init; }

    /// <summary>Identification of the datagram, for reassembly.</summary>
    public ushort Identification { get; init; }

    /// <summary>True if routers must not fragment.</summary>
    public bool DontFragment { get; init; }

    /// <summary>True if more fragments follow.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>Offset of the payload within the datagram in octets: a multiple of 8, at most 65,528.</summary>
    public int FragmentOffsetBytes { get; init; }

    /// <summary>Hops that are left; 64 unless set.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>Protocol of the payload.</summary>
    public IpProtocol Protocol { get; init; }

    /// <summary>Sender.</summary>
    public IPv4Address Source { get; init; }

    /// <summary>Receiver.</summary>
    public IPv4Address Destination { get; init; }

    /// <summary>Writes the header with its checksum and returns its octets, 20.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or a field out of range.</exception>
    public int Write(Span<byte> destination) => Write(destination, []);

    /// <summary>Writes the header with options and checksum and returns its octets.</summary>
    /// <param name="destination">At least 20 bytes and the options.</param>
    /// <param name="options">A multiple of 4 bytes, at most <see cref="MaxOptionsLength"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short, the options do not fit or a field is out of range.</exception>
    public int Write(Span<byte> destination, ReadOnlySpan<byte> options)
    {
        Wire.Words(options, MaxOptionsLength, nameof(options));
        int length = MinLength + options.Length;
        Wire.AtMost(PayloadLength, ushort.MaxValue - length, nameof(PayloadLength));
        Wire.AtMost(Dscp, 63, nameof(Dscp));
        Wire.AtMost(Ecn, 3, nameof(Ecn));
        Wire.AtMost(FragmentOffsetBytes, 65_528, nameof(FragmentOffsetBytes));
        Span<byte> bytes = Wire.Take(destination, length);
        bytes[0] = (byte)(0x40 | (length / 4));
        bytes[IPv4Facts.TypeOfServiceOffset] = (byte)((Dscp << 2) | Ecn);
        Wire.Put16(bytes, IPv4Facts.TotalLengthOffset, length + PayloadLength);
        Wire.Put16(bytes, IPv4Facts.IdentificationOffset, Identification);
        Wire.Put16(
            bytes,
            IPv4Facts.FragmentOffset,
            (DontFragment ? IPv4Facts.DontFragment : 0) | (MoreFragments ? IPv4Facts.MoreFragments : 0) | (FragmentOffsetBytes / 8));
        bytes[IPv4Facts.TimeToLiveOffset] = TimeToLive;
        bytes[IPv4Facts.ProtocolOffset] = (byte)Protocol;
        Wire.Put16(bytes, IPv4Facts.ChecksumOffset, 0);
        Source.Write(bytes[IPv4Facts.SourceOffset..]);
        Destination.Write(bytes[IPv4Facts.DestinationOffset..]);
        options.CopyTo(bytes[MinLength..]);
        Wire.Put16(bytes, IPv4Facts.ChecksumOffset, InternetChecksum.Compute(bytes));
        return length;
    }
}
