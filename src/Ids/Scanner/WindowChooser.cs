using System.Numerics;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>
/// Chooses the four bytes of each pattern that stand for it in a filter: rare in traffic, and shared with few others. What many
/// patterns of a set have in common, such as the names of header fields, is common in traffic too.
/// </summary>
internal sealed class WindowChooser
{
    /// <summary>Patterns that may share a window. One more would have to be compared at every place where the window occurs.</summary>
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

    // Windows of a long pattern beyond these are not better than the best of these.
    private const int MaxWindowsTried = 64;

    private static readonly byte[] Frequencies = [.. Enumerable.Range(0, 256).Select(value => (byte)Frequency((byte)value))];

    private readonly Dictionary<uint, int> _shared;

    // How many patterns have a window somewhere, by its hash: what collides only looks more common than it is.
    private readonly ushort[] _occurrences = new ushort[1 << CountBits];

    public WindowChooser(PatternPool pool, List<int> patterns)
    {
        _shared = new Dictionary<uint, int>(2 * patterns.Count);
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

            int shared = _shared.GetValueOrDefault(window);
            cost += shared * SharedPenalty;
            if (shared < MaxShared && cost < best.Cost)
            {
                best = new WindowChoice(window, at, cost);
            }
        }

        return best;
    }

    /// <summary>Takes a place under the key of a choice.</summary>
    public void Take(uint key) => CollectionsMarshal.GetValueRefOrAddDefault(_shared, key, out _)++;

    /// <summary>Gives a place back that was taken.</summary>
    public void Return(uint key) => CollectionsMarshal.GetValueRefOrAddDefault(_shared, key, out _)--;

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
