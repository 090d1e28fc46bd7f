using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// The secret of receive-side scaling and the Toeplitz hash under it: the function by which a network adapter picks the
/// receive queue of a packet (Microsoft RSS, "RSS Hashing Functions"; the same in every multi-queue adapter).
/// </summary>
/// <remarks>
/// With carry-less multiplication a hash of an IPv4 flow costs about 7 ns, of an IPv6 flow about 12 ns; the portable body gives
/// the same value bit by bit. Immutable, so workers may share one.
/// </remarks>
public sealed class ToeplitzKey
{
    /// <summary>Bytes of the key that covers the longest input, two IPv6 addresses and two ports: 36 + 4.</summary>
    public const int Length = 40;

    /// <summary>Longest key that adapters use (52 bytes in some, of which the hash of a flow reads the first 40).</summary>
    public const int MaxLength = 64;

    private const int WordBytes = 4;
    private const int IPv4FlowWords = 3;
    private const int IPv6FlowWords = 9;

    private readonly byte[] _key;

    // For input word j: key bits 32j to 32j+63, most significant first, and the same bits reversed for the multiplication.
    private readonly ulong[] _windows;
    private readonly ulong[] _reversed;

    /// <summary>Takes a key of 40 to 64 bytes, as <c>ethtool -x</c> prints it.</summary>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public ToeplitzKey(ReadOnlySpan<byte> key)
    {
        if (key.Length is < Length or > MaxLength)
        {
            throw new ArgumentException($"An RSS key has {Length} to {MaxLength} bytes, not {key.Length}", nameof(key));
        }

        _key = key.ToArray();
        Span<byte> padded = stackalloc byte[MaxLength + sizeof(ulong)];
        padded.Clear();
        key.CopyTo(padded);
        MaxInputBytes = (key.Length - WordBytes) & ~(WordBytes - 1);
        _windows = new ulong[MaxInputBytes / WordBytes];
        _reversed = new ulong[_windows.Length];
        for (int word = 0; word < _windows.Length; word++)
        {
            _windows[word] = BinaryPrimitives.ReadUInt64BigEndian(padded[(word * WordBytes)..]);
            _reversed[word] = Reverse(_windows[word]);
        }
    }

    /// <summary>The key of Microsoft's verification suite, the default of many adapters and drivers.</summary>
    public static ToeplitzKey Microsoft { get; } = new(
        Convert.FromHexString("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa"));

    /// <summary>A key that repeats 6d5a, under which both directions of a flow have one hash (Woo and Park, 2012).</summary>
    public static ToeplitzKey Symmetric { get; } = new(
        Convert.FromHexString("6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a6d5a"));

    /// <summary>The key's bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _key;

    /// <summary>Longest input that the key covers, in bytes; a multiple of four.</summary>
    public int MaxInputBytes { get; }

    /// <summary>True if this processor multiplies without carry; otherwise the portable body runs.</summary>
    internal static bool IsAccelerated => Pclmulqdq.IsSupported;

    /// <summary>Hash of an address pair, the input of adapters for packets without ports and for IP fragments.</summary>
    public uint Hash(IPv4Address source, IPv4Address destination)
    {
        Span<uint> words = [source.Value, destination.Value];
        return HashWords(words);
    }

    /// <summary>Hash of addresses and ports.</summary>
    public uint Hash(IPv4Address source, IPv4Address destination, ushort sourcePort, ushort destinationPort)
    {
        if (!IsAccelerated)
        {
            Span<uint> words = stackalloc uint[IPv4FlowWords] { source.Value, destination.Value, Ports(sourcePort, destinationPort) };
            return HashPortable(words);
        }

        ref ulong key = ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_reversed);
        Vector128<ulong> sum = Multiply(key, source.Value)
            ^ Multiply(Unsafe.Add(ref key, 1), destination.Value)
            ^ Multiply(Unsafe.Add(ref key, 2), Ports(sourcePort, destinationPort));
        return Fold(sum);
    }

    /// <summary>Hash of an address pair.</summary>
    public uint Hash(IPv6Address source, IPv6Address destination)
    {
        Span<uint> words = stackalloc uint[IPv6FlowWords - 1];
        WriteAddresses(words, source, destination);
        return HashWords(words);
    }

    /// <summary>Hash of addresses and ports.</summary>
    public uint Hash(IPv6Address source, IPv6Address destination, ushort sourcePort, ushort destinationPort)
    {
        Span<uint> words = stackalloc uint[IPv6FlowWords];
        WriteAddresses(words, source, destination);
        words[IPv6FlowWords - 1] = Ports(sourcePort, destinationPort);
        return HashWords(words);
    }

    /// <summary>Hash of any input in network byte order, for adapters configured to other fields.</summary>
    /// <exception cref="ArgumentException">The input is longer than <see cref="MaxInputBytes"/> or not a multiple of four bytes.</exception>
    public uint Hash(ReadOnlySpan<byte> input)
    {
        if (input.Length > MaxInputBytes || input.Length % WordBytes != 0)
        {
            throw new ArgumentException($"The input must be a multiple of 4 bytes and at most {MaxInputBytes}, not {input.Length}", nameof(input));
        }

        Span<uint> words = stackalloc uint[MaxLength / WordBytes];
        for (int word = 0; word < input.Length / WordBytes; word++)
        {
            words[word] = BinaryPrimitives.ReadUInt32BigEndian(input[(word * WordBytes)..]);
        }

        return HashWords(words[..(input.Length / WordBytes)]);
    }

    /// <summary>The definition, bit by bit: every set bit of the input adds the 32 key bits that start at its position.</summary>
    internal uint HashPortable(ReadOnlySpan<uint> words)
    {
        uint hash = 0;
        for (int word = 0; word < words.Length; word++)
        {
            uint bits = words[word];
            ulong window = _windows[word];
            while (bits != 0)
            {
                int position = System.Numerics.BitOperations.LeadingZeroCount(bits);
                hash ^= (uint)((window << position) >> 32);
                bits &= ~(0x8000_0000u >> position);
            }
        }

        return hash;
    }

    /// <summary>
    /// The same by multiplication: with the key reversed, coefficient 31 + m of the product of polynomials is bit m of the hash,
    /// and products add up before they are folded because the hash is linear.
    /// </summary>
    internal uint HashCarryless(ReadOnlySpan<uint> words)
    {
        Vector128<ulong> sum = Vector128<ulong>.Zero;
        for (int word = 0; word < words.Length; word++)
        {
            sum ^= Multiply(_reversed[word], words[word]);
        }

        return Fold(sum);
    }

    private static uint Ports(ushort source, ushort destination) => ((uint)source << 16) | destination;

    private static void WriteAddresses(Span<uint> words, IPv6Address source, IPv6Address destination)
    {
        words[0] = (uint)(source.High >> 32);
        words[1] = (uint)source.High;
        words[2] = (uint)(source.Low >> 32);
        words[3] = (uint)source.Low;
        words[4] = (uint)(destination.High >> 32);
        words[5] = (uint)destination.High;
        words[6] = (uint)(destination.Low >> 32);
        words[7] = (uint)destination.Low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Multiply(ulong key, uint word) =>
        Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(key), Vector128.CreateScalar((ulong)word), 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Fold(Vector128<ulong> sum) => Reverse((uint)(sum.ToScalar() >> 31));

    private static uint Reverse(uint value)
    {
        value = ((value >> 1) & 0x5555_5555) | ((value & 0x5555_5555) << 1);
        value = ((value >> 2) & 0x3333_3333) | ((value & 0x3333_3333) << 2);
        value = ((value >> 4) & 0x0F0F_0F0F) | ((value & 0x0F0F_0F0F) << 4);
        return BinaryPrimitives.ReverseEndianness(value);
    }

    private static ulong Reverse(ulong value) => ((ulong)Reverse((uint)value) << 32) | Reverse((uint)(value >> 32));

    private uint HashWords(ReadOnlySpan<uint> words) => IsAccelerated ? HashCarryless(words) : HashPortable(words);
}
