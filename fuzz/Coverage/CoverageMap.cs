using System.Numerics;
using System.Runtime.InteropServices;

namespace Weft.Fuzz.Coverage;

/// <summary>
/// One counter for every basic block of the assemblies under test. Instrumented code counts here; the loop reads what a case reached that none before it
/// had reached. Public because instrumented assemblies refer to it by name.
/// </summary>
public static unsafe class CoverageMap
{
    /// <summary>Room for as many blocks; the instrumenter refuses more.</summary>
    public const int Capacity = 1 << 18;

    /// <summary>The counters. Never null, so that code which is instrumented runs without the loop, too.</summary>
    public static readonly byte* Counters = (byte*)NativeMemory.AlignedAlloc(Capacity, 64);

    private static readonly byte[] Seen = new byte[Capacity];
    private static Range[] _watched = [];

    /// <summary>Chooses the counters that are looked at.</summary>
    internal static void Watch(Range[] ranges)
    {
        _watched = ranges;
        Array.Clear(Seen);
        Clear();
    }

    /// <summary>Sets the counters that are looked at to zero.</summary>
    internal static void Clear()
    {
        foreach (Range range in _watched)
        {
            Watched(range).Clear();
        }
    }

    /// <summary>Whether this case reached a block, or reached it a number of times, that no case before did; and remembers it.</summary>
    internal static bool TakeNews()
    {
        bool news = false;
        foreach (Range range in _watched)
        {
            Span<byte> counters = Watched(range);
            Span<byte> seen = Seen.AsSpan(range);
            int at = 0;
            for (; at <= counters.Length - Vector<byte>.Count; at += Vector<byte>.Count)
            {
                // Nearly all blocks are not reached by a case: they are passed by the dozen.
                if (!Vector.EqualsAll(new Vector<byte>(counters[at..]), Vector<byte>.Zero))
                {
                    news |= Take(counters.Slice(at, Vector<byte>.Count), seen.Slice(at, Vector<byte>.Count));
                }
            }

            news |= Take(counters[at..], seen[at..]);
        }

        return news;
    }

    /// <summary>A number for what this case reached, to see whether a shorter one reaches the same.</summary>
    internal static ulong Signature()
    {
        var hash = new HashCode64();
        foreach (Range range in _watched)
        {
            Span<byte> counters = Watched(range);
            for (int at = 0; at < counters.Length; at++)
            {
                if (counters[at] != 0)
                {
                    hash.Add(((ulong)(range.Start.Value + at) << 8) | Bucket(counters[at]));
                }
            }
        }

        return hash.Value;
    }

    /// <summary>How many of the watched blocks some case reached.</summary>
    internal static int Reached() => _watched.Sum(range => Seen.AsSpan(range).Length - Seen.AsSpan(range).Count((byte)0));

    private static Span<byte> Watched(Range range) => new(Counters + range.Start.Value, range.End.Value - range.Start.Value);

    private static bool Take(Span<byte> counters, Span<byte> seen)
    {
        bool news = false;
        for (int i = 0; i < counters.Length; i++)
        {
            byte bucket = Bucket(counters[i]);
            if ((bucket & ~seen[i]) != 0)
            {
                seen[i] |= bucket;
                news = true;
            }
        }

        return news;
    }

    /// <summary>Once, twice, thrice, and then by powers of two: a loop that runs 57 instead of 56 times is no news.</summary>
    private static byte Bucket(byte count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };

    private struct HashCode64
    {
        public ulong Value { get; private set; }

        public void Add(ulong item) => Value = BitOperations.RotateLeft(Value ^ (item * 0x9E37_79B9_7F4A_7C15), 29) * 0xBF58_476D_1CE4_E5B9;
    }
}
