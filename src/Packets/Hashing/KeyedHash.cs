using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Weft.Packets;

/// <summary>
/// A keyed 64-bit hash of short keys of fixed size: flow keys, MAC addresses with their segment, tunnel endpoints. Every bit
/// of the result, low or high, is fit to index a table or to be a tag.
/// </summary>
/// <remarks>
/// <para>
/// First the words of the key are compressed to 128 bits by NH (the universal hash of UMAC, RFC 4418 section 5.2, widened to
/// 64-bit words): two keys that differ collide there for at most one in 2^64 seeds, whoever chose the keys. Then the two
/// halves, masked with secret words, are multiplied and folded, which spreads them over all 64 bits of the result.
/// The secret words come from the seed through SHA-256, so a seed with few set bits is as good as any.
/// </para>
/// <para>
/// The hash protects tables against chosen keys. It is no message authentication code: do not send its values on the wire.
/// Values depend on seed, key size and this version of the library; do not store them. A 16-byte key costs two
/// multiplications, a 40-byte key four.
/// </para>
/// </remarks>
public readonly struct KeyedHash
{
    /// <summary>Largest size of a key in bytes.</summary>
    public const int MaxKeyBytes = 48;

    private readonly ulong _k0;
    private readonly ulong _k1;
    private readonly ulong _k2;
    private readonly ulong _k3;
    private readonly ulong _k4;
    private readonly ulong _k5;
    private readonly ulong _maskLow;
    private readonly ulong _maskHigh;

    /// <summary>Derives the secret words from <paramref name="seed"/>; costs two SHA-256 blocks, once.</summary>
    public KeyedHash(HashSeed seed)
    {
        Span<byte> input = stackalloc byte[HashSeed.Length + 1];
        Span<byte> words = stackalloc byte[2 * SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(input, seed.High);
        BinaryPrimitives.WriteUInt64LittleEndian(input[8..], seed.Low);
        for (byte block = 0; block < 2; block++)
        {
            input[HashSeed.Length] = block;
            _ = SHA256.HashData(input, words[(block * SHA256.HashSizeInBytes)..]);
        }

        _k0 = Word(words, 0);
        _k1 = Word(words, 1) | 1; // Odd, so that a key of one word is multiplied without loss.
        _k2 = Word(words, 2);
        _k3 = Word(words, 3) | 1;
        _k4 = Word(words, 4);
        _k5 = Word(words, 5) | 1;
        _maskLow = Word(words, 6);
        _maskHigh = Word(words, 7);
    }

    /// <summary>The hash of one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(ulong key)
    {
        ulong high = Math.BigMul(key + _k0, _k1, out ulong low);
        return Fold(high, low);
    }

    /// <summary>
    /// The hash of all bytes of <paramref name="key"/>. The type must have no padding (padding bytes are hashed too, and two
    /// equal keys could differ there).
    /// </summary>
    /// <typeparam name="TKey">A type of 8, 16, 24, 32, 40 or 48 bytes.</typeparam>
    /// <exception cref="NotSupportedException"><typeparamref name="TKey"/> has another size.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash<TKey>(in TKey key)
        where TKey : unmanaged
    {
        // Invariant: Word<TKey>(key, i) is read only where sizeof(TKey) > 8 i. The sizes are constants to the compiler.
        int size = Unsafe.SizeOf<TKey>();
        if (size is 0 or > MaxKeyBytes || size % sizeof(ulong) != 0)
        {
            ThrowBadSize(size);
        }

        ulong second = size > 8 ? Word(in key, 1) : 0;
        ulong high = Math.BigMul(Word(in key, 0) + _k0, second + _k1, out ulong low);
        if (size > 16)
        {
            second = size > 24 ? Word(in key, 3) : 0;
            ulong productHigh = Math.BigMul(Word(in key, 2) + _k2, second + _k3, out ulong productLow);
            low += productLow;
            high += productHigh + (low < productLow ? 1UL : 0);
        }

        if (size > 32)
        {
            second = size > 40 ? Word(in key, 5) : 0;
            ulong productHigh = Math.BigMul(Word(in key, 4) + _k4, second + _k5, out ulong productLow);
            low += productLow;
            high += productHigh + (low < productLow ? 1UL : 0);
        }

        return Fold(high, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word<TKey>(in TKey key, int index)
        where TKey : unmanaged =>
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref Unsafe.As<TKey, byte>(ref Unsafe.AsRef(in key)), index * sizeof(ulong)));

    private static ulong Word(ReadOnlySpan<byte> words, int index) => BinaryPrimitives.ReadUInt64LittleEndian(words[(index * sizeof(ulong))..]);

    private static void ThrowBadSize(int size) =>
        throw new NotSupportedException($"A key of {size} bytes cannot be hashed: the size must be 8, 16, 24, 32, 40 or {MaxKeyBytes}.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Fold(ulong high, ulong low)
    {
        ulong foldedHigh = Math.BigMul(low ^ _maskLow, high ^ _maskHigh, out ulong foldedLow);
        return foldedHigh ^ foldedLow;
    }
}
