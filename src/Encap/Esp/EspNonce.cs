using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Weft.Encap;

/// <summary>
/// What a cipher is given besides the data: nonce and associated data, side by side in memory of the association's own that the
/// collector does not move. Salt and SPI stand there from the start, so that a packet writes its numbers alone.
/// </summary>
internal sealed class EspNonce
{
    private const int AssociatedOffset = 16;
    private const int Bytes = 32;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Bytes, pinned: true);
    private readonly int _associatedLength;
    private readonly bool _extended;

    public EspNonce(uint spi, bool extended)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(AssociatedOffset), spi);
        _extended = extended;
        _associatedLength = extended ? EspFormat.MaxAssociatedLength : EspFormat.FixedHeaderLength;
    }

    /// <summary>The salt (RFC 4106 section 4), to be written once.</summary>
    public Span<byte> Salt => _bytes.AsSpan(0, EspSaOptions.SaltLength);

    /// <summary>Salt and IV.</summary>
    public ReadOnlySpan<byte> Nonce => _bytes.AsSpan(0, Aead.NonceLength);

    /// <summary>SPI and sequence number, whole with ESN (RFC 4106 section 5).</summary>
    public ReadOnlySpan<byte> Associated => _bytes.AsSpan(AssociatedOffset, _associatedLength);

    /// <summary>Writes what belongs to one packet.</summary>
    public void Set(ulong iv, ulong sequence)
    {
        Span<byte> bytes = _bytes.AsSpan(0, Bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[EspSaOptions.SaltLength..], iv);
        if (_extended)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(AssociatedOffset + EspFormat.SpiLength)..], sequence);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[(AssociatedOffset + EspFormat.SpiLength)..], (uint)sequence);
        }
    }

    /// <summary>Writes the SPI that the wire has.</summary>
    public void SetSpi(uint spi) => BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(AssociatedOffset), spi);

    /// <summary>Wipes the salt.</summary>
    public void Wipe() => CryptographicOperations.ZeroMemory(_bytes);
}
