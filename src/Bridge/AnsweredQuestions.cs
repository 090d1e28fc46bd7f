using System.Numerics;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Remembers who was lately answered for which address, so that a question which comes again is noticed: whoever got a right answer has no reason
/// to ask all again so soon.
/// </summary>
/// <remarks>
/// A set of four places a hash value, the oldest of which gives way: memory is bounded whatever is asked. Questions are known by a keyed hash of 64
/// bits; two that have the same one, which nobody can choose, are at worst flooded once too often. No allocation after construction.
/// </remarks>
internal sealed class AnsweredQuestions
{
    private const int Ways = 4;
    private const int AskerShift = 16;

    private readonly Entry[] _entries;
    private readonly KeyedHash _hash;
    private readonly int _setMask;

    /// <param name="capacity">Questions that are remembered, rounded up to a power of two.</param>
    /// <param name="seed">Secret of the hash function.</param>
    public AnsweredQuestions(int capacity, HashSeed seed)
    {
        _entries = new Entry[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, Ways))];
        _setMask = (_entries.Length / Ways) - 1;
        _hash = new KeyedHash(seed);
    }

    /// <summary>When the asker was last answered for the address, or heard that the question was flooded.</summary>
    /// <returns>False if that is not remembered.</returns>
    public bool TryFind(MacAddress asker, in AddressKey target, out Timestamp when)
    {
        ulong mark = MarkOf(asker, target);
        foreach (ref readonly Entry entry in SetOf(mark))
        {
            if (entry.Mark == mark)
            {
                when = entry.When;
                return true;
            }
        }

        when = default;
        return false;
    }

    /// <summary>Notes that the asker has been answered, or that its question was flooded.</summary>
    public void Note(MacAddress asker, in AddressKey target, Timestamp now)
    {
        ulong mark = MarkOf(asker, target);
        Span<Entry> set = SetOf(mark);
        int place = 0;
        for (int way = 0; way < Ways; way++)
        {
            if (set[way].Mark == mark)
            {
                place = way;
                break;
            }

            // A place that was never used has the mark 0, which no question has.
            place = set[place].Mark != 0 && (set[way].Mark == 0 || set[way].When < set[place].When) ? way : place;
        }

        set[place] = new Entry(mark, now);
    }

    private Span<Entry> SetOf(ulong mark) => _entries.AsSpan(((int)(mark >> 32) & _setMask) * Ways, Ways);

    /// <summary>The segment leaves room for the asker in its word; no question has the mark 0.</summary>
    private ulong MarkOf(MacAddress asker, in AddressKey target) => _hash.Hash(target with { Segment = target.Segment | (asker.Value << AskerShift) }) | 1;

    private readonly record struct Entry(ulong Mark, Timestamp When);
}
