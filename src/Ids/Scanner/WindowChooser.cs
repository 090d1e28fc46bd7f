using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>Chooses the four bytes of each pattern that stand for it in the filter: rare in traffic, and shared with few others.</summary>
internal sealed class WindowChooser
{
    /// <summary>Patterns that may share a window. One more would have to be compared at every place where the window occurs.</summary>
    public const int MaxShared = 16;

    private const int Window = 4;
    private const int SharedPenalty = 12;
    private const int SameBytePenalty = 20;

    // Windows of a long pattern beyond these are not better than the best of these.
    private const int MaxWindowsTried = 64;

    private readonly Dictionary<uint, int> _shared = [];

    /// <summary>Chooses the window of a pattern of four bytes or more.</summary>
    /// <returns>Its offset in the pattern; -1 if every window has its sixteen patterns already.</returns>
    public int Choose(ReadOnlySpan<byte> pattern)
    {
        int best = -1;
        int bestCost = int.MaxValue;
        int tries = Math.Min(pattern.Length - Window + 1, MaxWindowsTried);
        for (int at = 0; at < tries; at++)
        {
            int shared = _shared.GetValueOrDefault(WindowTable.WindowOf(pattern[at..]));
            int cost = CostOf(pattern.Slice(at, Window)) + shared * SharedPenalty;
            if (shared < MaxShared && cost < bestCost)
            {
                best = at;
                bestCost = cost;
            }
        }

        if (best >= 0)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_shared, WindowTable.WindowOf(pattern[best..]), out _)++;
        }

        return best;
    }

    private static int CostOf(ReadOnlySpan<byte> window)
    {
        int cost = 0;
        foreach (byte value in window)
        {
            cost += Frequency(value);
        }

        return window[0] == window[1] && window[1] == window[2] ? cost + SameBytePenalty : cost;
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
        _ => 6,
    };
}
