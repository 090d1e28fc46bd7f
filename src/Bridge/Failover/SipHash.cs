using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Weft.Bridge;

/// <summary>
/// SipHash-2-4 of one 64-bit word: a keyed function whose values may be shown on the wire without giving the key away
/// (Aumasson and Bernstein, 2012).
/// </summary>
internal readonly struct SipHash
{
    private readonly ulong _k0;
    private readonly ulong _k1;

    public SipHash(ulong k0, ulong k1) => (_k0, _k1) = (k0, k1);

    /// <summary>A key made of a secret of any length.</summary>
    public static SipHash FromSecret(ReadOnlySpan<byte> secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _ = HMACSHA256.HashData(secret, "MAC-SYNC digest"u8, hash);
        return new SipHash(BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]));
    }

    public ulong Hash(ulong word)
    {
        ulong v0 = _k0 ^ 0x736f_6d65_7073_6575;
        ulong v1 = _k1 ^ 0x646f_7261_6e64_6f6d;
        ulong v2 = _k0 ^ 0x6c79_6765_6e65_7261;
        ulong v3 = _k1 ^ 0x7465_6462_7974_6573;
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;

        // The last block holds the length modulo 256 in its top byte and the bytes left over, none here.
        const ulong Last = 8UL << 56;
        v3 ^= Last;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= Last;
        v2 ^= 0xff;
        for (int i = 0; i < 4; i++)
        {
            Round(ref v0, ref v1, ref v2, ref v3);
        }

        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
