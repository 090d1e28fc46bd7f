using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
    private uint _salt;

    public EspNonce(bool extended)
    {
        _extended = extended;
        _associatedLength = extended ? EspFormat.MaxAssociatedLength : EspFormat.FixedHeaderLength;
    }

    /// <summary>The salt (RFC 4106 section 4), to be written once.</summary>
    public Span<byte> Salt => MemoryMarshal.AsBytes(new Span<uint>(ref _salt));

    /// <summary>Salt and IV.</summary>
    public ReadOnlySpan<byte> Nonce => _bytes.AsSpan(0, Aead.NonceLength);

    /// <summary>SPI and sequence number, whole with ESN (RFC 4106 section 5).</summary>
    public ReadOnlySpan<byte> Associated => _bytes.AsSpan(AssociatedOffset, _associatedLength);

    /// <summary>Writes what belongs to one packet.</summary>
    /// <param name="spi">The SPI that the wire has.</param>
    /// <param name="iv">Initialisation vector.</param>
    /// <param name="sequence">The whole number; without ESN, the low half counts.</param>
    // One store for each: the cipher reads either at once, and a load that two stores before feed waits until both are in the cache.
    public void Set(uint spi, ulong iv, ulong sequence)
    {
        ulong number = BinaryPrimitives.ReverseEndianness(_extended ? sequence : sequence << 32);
        Store(0, _salt, BinaryPrimitives.ReverseEndianness(iv));
        Store(AssociatedOffset, BinaryPrimitives.ReverseEndianness(spi), number);
    }

    private void Store(int offset, uint first, ulong rest)
    {
        Vector128<ulong> all = Vector128.Create(first | (rest << 32), rest >> 32);
        MemoryMarshal.Write(_bytes.AsSpan(offset), all);
    }

    /// <summary>Wipes the salt.</summary>
    public void Wipe()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        CryptographicOperations.ZeroMemory(Salt);
    }
}
