using System.Numerics;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>
/// Chooses the four bytes of each pattern that stand for it in a filter: rare in traffic, and shared with few others. What many
/// patterns of a set have in common, such as the names of header fields, is common in traffic too.
/// </summary>
internal sealed class WindowChooser
{
    /// <summary>Patterns that may share a bucket of a table. One more would have to be compared at every place where such a window occurs.</summary>
    public const int MaxShared = 16;

    /// <summary>What a fourth byte is worth: a window is better than three of its bytes unless its cost is greater by more than this.</summary>
    public const int FourthByte = 75;

    /// <summary>No three bytes cost less.</summary>
    public const int LeastTriple = 3 * LeastFrequency;

    /// <summary>Cost of three bytes above which they are found nearly everywhere, such as NULs and blanks.</summary>
    public const int TooCommon = 95;

    private const int Window = 4;
    private const int LeastFrequency = 6;
    private const int SharedPenalty = 12;
    private const int SameBytePenalty = 20;
    private const int CommonPenalty = 5;
    private const int CountBits = 16;
    private const int MinBucketBits = 4;

    // Short windows are few and common, and their buckets should stay near.
    private const int MaxPairBits = 12;
    private const int MaxTripleBits = 14;
    private const int MaxWindowBits = 20;

    // Windows of a long pattern beyond these are not better than the best of these.
    private const int MaxWindowsTried = 64;

    private static readonly byte[] Frequencies = [.. Enumerable.Range(0, 256).Select(value => (byte)Frequency((byte)value))];

    // For each length of a window the patterns in each bucket so far.
    private readonly byte[][] _shared;

    // How many patterns have a window somewhere, by its hash: what collides only looks more common than it is.
    private readonly ushort[] _occurrences = new ushort[1 << CountBits];

    /// <param name="pool">The patterns' bytes.</param>
    /// <param name="patterns">Those that will be under windows.</param>
    /// <param name="windowsEach">Windows that a pattern of four bytes or more has.</param>
    public WindowChooser(PatternPool pool, List<int> patterns, int windowsEach)
    {
        int pairs = patterns.Count(pattern => pool.Length(pattern) == 2);
        int triples = patterns.Count(pattern => pool.Length(pattern) is 3 or Window);
        _shared = [[], [], new byte[1 << BitsFor(pairs, MaxPairBits)], new byte[1 << BitsFor(triples, MaxTripleBits)], new byte[1 << BitsFor(windowsEach * patterns.Count, MaxWindowBits)]];
        foreach (int pattern in patterns)
        {
            ReadOnlySpan<byte> bytes = pool.Bytes(pattern);
            for (int at = 0; at < Math.Min(bytes.Length - Window + 1, MaxWindowsTried); at++)
            {
                ref ushort count = ref _occurrences[WindowTable.Hash(WindowTable.WindowOf(bytes[at..])) >> (32 - CountBits)];
                count += (ushort)(count < ushort.MaxValue ? 1 : 0);
            }
        }
    }

    /// <summary>Bits of a hash that tell buckets of windows of a length apart. Every table has as many, so that none has more than the bound in one.</summary>
    public int BucketBits(int length) => BitOperations.Log2((uint)_shared[length].Length);

    /// <summary>Chooses the window of a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="length">Bytes of the window, 2 to 4.</param>
    /// <param name="from">First offset that is allowed.</param>
    /// <param name="step">Distance between allowed offsets.</param>
    public WindowChoice Choose(ReadOnlySpan<byte> pattern, int length, int from, int step)
    {
        WindowChoice best = WindowChoice.None;
        int last = Math.Min(pattern.Length - length, MaxWindowsTried - 1);
        for (int at = from; at <= last; at += step)
        {
            uint window = WindowTable.WindowAt(pattern, at) & uint.MaxValue >> (8 * (Window - length));
            int others = length < Window ? 0 : _occurrences[WindowTable.Hash(window) >> (32 - CountBits)];
            int cost = CostOf(pattern.Slice(at, length)) + BitOperations.Log2((uint)others + 1) * CommonPenalty;
            if (cost >= best.Cost)
            {
                continue;
            }

            int shared = Shared(window, length);
            cost += shared * SharedPenalty;
            if (shared < MaxShared && cost < best.Cost)
            {
                best = new WindowChoice(window, at, length, cost);
            }
        }

        return best;
    }

    /// <summary>Takes a place in the bucket of a choice.</summary>
    public void Take(WindowChoice choice) => Shared(choice.Key, choice.Length)++;

    /// <summary>Gives a place back that was taken.</summary>
    public void Return(WindowChoice choice) => Shared(choice.Key, choice.Length)--;

    private static int BitsFor(int patterns, int most) => Math.Clamp(BitOperations.Log2((uint)patterns + 1) + 1, MinBucketBits, most);

    private ref byte Shared(uint key, int length) => ref _shared[length][WindowTable.Hash(key) >> (32 - BucketBits(length))];

    private static int CostOf(ReadOnlySpan<byte> window)
    {
        int cost = 0;
        bool isRun = true;
        foreach (byte value in window)
        {
            cost += Frequencies[value];
            isRun &= AsciiCase.Fold(value) == AsciiCase.Fold(window[0]);
        }

        return isRun ? cost + SameBytePenalty : cost;
    }

    /// <summary>A rough logarithm of how often a byte occurs in packets: text protocols, padding and binary headers mixed.</summary>
    public static int Frequency(byte value) => value switch
    {
        0x00 => 40,
        (byte)' ' => 25,
        (byte)'e' or (byte)'t' or (byte)'a' or (byte)'o' or (byte)'i' or (byte)'n' or (byte)'s' or (byte)'r' => 24,
        0xFF or (byte)'/' or (byte)'.' or (byte)'=' or (byte)':' or (byte)'-' or (byte)'\r' or (byte)'\n' => 20,
        >= (byte)'a' and <= (byte)'z' => 18,
        >= (byte)'0' and <= (byte)'9' => 16,
        < 0x20 => 14,
        < 0x7F => 11,
        _ => LeastFrequency,
    };
}
