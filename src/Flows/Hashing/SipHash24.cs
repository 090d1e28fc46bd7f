using System.Buffers.Binary;
using System.Numerics;
using Weft.Packets;

namespace Weft.Flows.Hashing;

/// <summary>
/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of a byte string of any length, for names that a stranger chooses.
/// GLB orders its servers with it. About a nanosecond a byte; for keys of fixed size <see cref="KeyedHash"/> is faster.
/// </summary>
public static class SipHash24
{
    /// <summary>Octets of a key.</summary>
    public const int KeyLength = 16;

    /// <summary>The hash of <paramref name="message"/> under a seed.</summary>
    public static ulong Hash(HashSeed seed, ReadOnlySpan<byte> message) => Hash(seed.Low, seed.High, message);

    /// <summary>The hash as a number; SipHash writes it as eight octets, least significant first.</summary>
    /// <param name="key">16 octets.</param>
    /// <param name="message">What is hashed.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="key"/> is shorter.</exception>
    public static ulong Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message) =>
        Hash(BinaryPrimitives.ReadUInt64LittleEndian(key), BinaryPrimitives.ReadUInt64LittleEndian(key[8..]), message);

    private static ulong Hash(ulong k0, ulong k1, ReadOnlySpan<byte> message)
    {
        // The text "somepseudorandomlygeneratedbytes", as the paper has it.
        var state = new State(k0 ^ 0x736F_6D65_7073_6575, k1 ^ 0x646F_7261_6E64_6F6D, k0 ^ 0x6C79_6765_6E65_7261, k1 ^ 0x7465_6462_7974_6573);
        ulong last = (ulong)message.Length << 56;
        while (message.Length >= sizeof(ulong))
        {
            state.Compress(BinaryPrimitives.ReadUInt64LittleEndian(message));
            message = message[sizeof(ulong)..];
        }

        for (int i = 0; i < message.Length; i++)
        {
            last |= (ulong)message[i] << (8 * i);
        }

        state.Compress(last);
        return state.Finish();
    }

    private struct State(ulong v0, ulong v1, ulong v2, ulong v3)
    {
        public void Compress(ulong word)
        {
            v3 ^= word;
            Round();
            Round();
            v0 ^= word;
        }

        public ulong Finish()
        {
            v2 ^= 0xFF;
            Round();
            Round();
            Round();
            Round();
            return v0 ^ v1 ^ v2 ^ v3;
        }

        private void Round()
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
}
