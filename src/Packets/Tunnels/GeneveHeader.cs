namespace Weft.Packets;

/// <summary>A Geneve header as a value (RFC 8926 section 3.4); options are handed to <see cref="Write(Span{byte}, ReadOnlySpan{byte})"/>.</summary>
/// <param name="Vni">Network identifier, 0 to 0xFFFFFF.</param>
/// <param name="ProtocolType">What the payload is.</param>
public readonly record struct GeneveHeader(uint Vni, EtherType ProtocolType = EtherType.TransparentEthernet)
{
    /// <summary>Octets of a header without options.</summary>
    public const int MinLength = 8;

    /// <summary>Most octets of options.</summary>
    public const int MaxOptionsLength = 252;

    /// <summary>UDP port that IANA assigned.</summary>
    public const ushort Port = 6081;

    internal const byte OptionLengthMask = 0x3F;
    internal const byte ControlFlag = 0x80;
    internal const byte CriticalFlag = 0x40;

    /// <summary>True for a control packet.</summary>
    public bool IsControl { get; init; }

    /// <summary>True if one of the options is critical.</summary>
    public bool HasCriticalOptions { get; init; }

    /// <summary>Writes the header and returns its octets, 8.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short or the VNI larger than 24 bits.</exception>
    public int Write(Span<byte> destination) => Write(destination, []);

    /// <summary>Writes the header with options and returns its octets.</summary>
    /// <param name="destination">At least 8 bytes and the options.</param>
    /// <param name="options">Options made with <see cref="GeneveOption.Write"/>, at most <see cref="MaxOptionsLength"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short, or VNI or options do not fit.</exception>
    public int Write(Span<byte> destination, ReadOnlySpan<byte> options)
    {
        Wire.Words(options, MaxOptionsLength, nameof(options));
        Wire.AtMost(Vni, VxlanHeader.MaxVni, nameof(Vni));
        Span<byte> bytes = Wire.Take(destination, MinLength + options.Length);
        bytes[0] = (byte)(options.Length / 4);
        bytes[1] = (byte)((IsControl ? ControlFlag : 0) | (HasCriticalOptions ? CriticalFlag : 0));
        Wire.Put16(bytes, 2, (int)ProtocolType);
        Wire.Put32(bytes, 4, Vni << 8);
        options.CopyTo(bytes[MinLength..]);
        return bytes.Length;
    }
}
