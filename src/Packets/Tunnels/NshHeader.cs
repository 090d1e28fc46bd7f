namespace Weft.Packets;

/// <summary>A network service header as a value (RFC 8300 section 2); context is handed to <see cref="Write"/>.</summary>
/// <param name="ServicePath">Service path identifier, 0 to 0xFFFFFF.</param>
/// <param name="ServiceIndex">Place on the path; each service function counts it down.</param>
/// <param name="NextProtocol">What the payload is.</param>
public readonly record struct NshHeader(uint ServicePath, byte ServiceIndex, NshNextProtocol NextProtocol)
{
    /// <summary>Octets without context.</summary>
    public const int MinLength = 8;

    /// <summary>Octets of context with metadata type 1 (RFC 8300 section 2.4).</summary>
    public const int FixedContextLength = 16;

    /// <summary>Most octets of context.</summary>
    public const int MaxContextLength = 244;

    /// <summary>Largest service path identifier, 24 bits.</summary>
    public const uint MaxServicePath = 0xFF_FFFF;

    internal const int TimeToLiveShift = 6;
    internal const byte DefaultTimeToLive = 63;

    /// <summary>Service plane hops that are left, 0 to 63; 63 unless set (RFC 8300 section 2.2).</summary>
    public byte TimeToLive { get; init; } = DefaultTimeToLive;

    /// <summary>True for an operations packet.</summary>
    public bool IsOam { get; init; }

    /// <summary>1 for a context of 16 octets, 2 for one of any length made of type-length-values; 2 unless set.</summary>
    public byte MetadataType { get; init; } = 2;

    /// <summary>Writes the header with its context and returns its octets.</summary>
    /// <param name="destination">At least 8 bytes and the context.</param>
    /// <param name="context">16 bytes for metadata type 1, else a multiple of 4 up to <see cref="MaxContextLength"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or a field does not fit.</exception>
    public int Write(Span<byte> destination, ReadOnlySpan<byte> context)
    {
        Wire.Words(context, MaxContextLength, nameof(context));
        Wire.AtMost(ServicePath, MaxServicePath, nameof(ServicePath));
        Wire.AtMost(TimeToLive, 63, nameof(TimeToLive));
        Wire.AtMost(MetadataType, 15, nameof(MetadataType));
        if (MetadataType == 1 && context.Length != FixedContextLength)
        {
            throw new ArgumentException($"Metadata type 1 has a context of {FixedContextLength} bytes, not {context.Length}.", nameof(context));
        }

        int length = MinLength + context.Length;
        Span<byte> bytes = Wire.Take(destination, length);
        Wire.Put16(bytes, 0, (IsOam ? 0x2000 : 0) | (TimeToLive << TimeToLiveShift) | (length / 4));
        bytes[2] = MetadataType;
        bytes[3] = (byte)NextProtocol;
        Wire.Put32(bytes, 4, (ServicePath << 8) | ServiceIndex);
        context.CopyTo(bytes[MinLength..]);
        return length;
    }
}
