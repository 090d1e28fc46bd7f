namespace Weft.Packets;

/// <summary>One option of a Geneve header (RFC 8926 section 3.5).</summary>
public readonly ref struct GeneveOption
{
    /// <summary>Octets in front of an option's data.</summary>
    public const int HeaderLength = 4;

    /// <summary>Most octets of one option's data.</summary>
    public const int MaxDataLength = 124;

    internal const byte CriticalFlag = 0x80;

    private readonly ReadOnlySpan<byte> _bytes;

    internal GeneveOption(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Who defined the option (IANA registry "Geneve Option Class").</summary>
    public ushort Class => Wire.U16(_bytes, 0);

    /// <summary>Type, unique within the class; its upper bit is <see cref="IsCritical"/>.</summary>
    public byte Type => _bytes[2];

    /// <summary>True if an endpoint that does not know the option must drop the packet.</summary>
    public bool IsCritical => (Type & CriticalFlag) != 0;

    /// <summary>The option's data, a multiple of 4 octets.</summary>
    public ReadOnlySpan<byte> Data => _bytes[HeaderLength..];

    /// <summary>Writes an option and returns its octets.</summary>
    /// <param name="destination">At least 4 bytes and the data.</param>
    /// <param name="optionClass">Who defined the option.</param>
    /// <param name="type">Type within the class.</param>
    /// <param name="data">A multiple of 4 bytes, at most <see cref="MaxDataLength"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or the data do not fit.</exception>
    public static int Write(Span<byte> destination, ushort optionClass, byte type, ReadOnlySpan<byte> data)
    {
        Wire.Words(data, MaxDataLength, nameof(data));
        Span<byte> bytes = Wire.Take(destination, HeaderLength + data.Length);
        Wire.Put16(bytes, 0, optionClass);
        bytes[2] = type;
        bytes[3] = (byte)(data.Length / 4);
        data.CopyTo(bytes[HeaderLength..]);
        return bytes.Length;
    }
}
