namespace Weft.Packets;

/// <summary>A TCP header as a value (RFC 9293 section 3.1); options are handed to <see cref="Write(Span{byte}, ReadOnlySpan{byte})"/>.</summary>
public readonly record struct TcpHeader
{
    /// <summary>Octets of a header without options.</summary>
    public const int MinLength = 20;

    /// <summary>Most octets of options.</summary>
    public const int MaxOptionsLength = 40;

    /// <summary>Offset of the checksum, for filling it in once the payload is written.</summary>
    public const int ChecksumOffset = 16;

    internal const int DataOffsetOffset = 12;
    internal const int FlagsOffset = 13;
    internal const int WindowOffset = 14;
    internal const int UrgentOffset = 18;

    /// <summary>Port of the sender.</summary>
    public ushort SourcePort { get; init; }

    /// <summary>Port of the receiver.</summary>
    public ushort DestinationPort { get; init; }

    /// <summary>Sequence number of the first octet.</summary>
    public uint SequenceNumber { get; init; }

    /// <summary>Next sequence number that the sender expects.</summary>
    public uint AcknowledgmentNumber { get; init; }

    /// <summary>Control bits.</summary>
    public TcpFlags Flags { get; init; }

    /// <summary>Receive window before scaling.</summary>
    public ushort Window { get; init; }

    /// <summary>Checksum as it goes on the wire.</summary>
    public ushort Checksum { get; init; }

    /// <summary>Urgent pointer.</summary>
    public ushort UrgentPointer { get; init; }

    /// <summary>Writes the header and returns its octets, 20.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int Write(Span<byte> destination) => Write(destination, []);

    /// <summary>Writes the header with options and returns its octets.</summary>
    /// <param name="destination">At least 20 bytes and the options.</param>
    /// <param name="options">A multiple of 4 bytes, at most <see cref="MaxOptionsLength"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or the options do not fit.</exception>
    public int Write(Span<byte> destination, ReadOnlySpan<byte> options)
    {
        Wire.Words(options, MaxOptionsLength, nameof(options));
        int length = MinLength + options.Length;
        Span<byte> bytes = Wire.Take(destination, length);
        Wire.Put16(bytes, 0, SourcePort);
        Wire.Put16(bytes, 2, DestinationPort);
        Wire.Put32(bytes, 4, SequenceNumber);
        Wire.Put32(bytes, 8, AcknowledgmentNumber);
        bytes[DataOffsetOffset] = (byte)(length / 4 << 4);
        bytes[FlagsOffset] = (byte)Flags;
        Wire.Put16(bytes, WindowOffset, Window);
        Wire.Put16(bytes, ChecksumOffset, Checksum);
        Wire.Put16(bytes, UrgentOffset, UrgentPointer);
        options.CopyTo(bytes[MinLength..]);
        return length;
    }
}
