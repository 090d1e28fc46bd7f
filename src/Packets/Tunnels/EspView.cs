namespace Weft.Packets;

/// <summary>A checked view of an ESP packet's header in clear text (RFC 4303 section 2).</summary>
/// <remarks>After <see cref="TryParse"/> returned true no member can fault, as long as the bytes stay in place.</remarks>
public readonly ref struct EspView
{
    private readonly ReadOnlySpan<byte> _bytes;

    private EspView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Security parameters index, never 0.</summary>
    public uint Spi => Wire.U32(_bytes, 0);

    /// <summary>Lower 32 bits of the sequence number.</summary>
    public uint SequenceNumber => Wire.U32(_bytes, 4);

    /// <summary>Initialisation vector, cipher text and integrity check value.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[EspHeader.Length..];

    /// <summary>The header as a value.</summary>
    public EspHeader ToHeader() => new(Spi, SequenceNumber);

    /// <summary>Checks that eight octets are there and the SPI is not 0 (RFC 4303 section 2.1).</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out EspView view)
    {
        bool valid = bytes.Length >= EspHeader.Length && Wire.U32(bytes, 0) != 0;
        view = valid ? new EspView(bytes) : default;
        return valid;
    }
}
