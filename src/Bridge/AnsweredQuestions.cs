using System.Numerics;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Remembers who was lately answered for which address, so that a question which comes again is noticed: whoever got a right answer has no reason
/// to ask all again so soon.
/// </summary>
/// <remarks>Sets of four places a hash value, the oldest of which gives way: memory is bounded whatever is asked. The hash is keyed. No allocation after construction.</remarks>
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
        AddressKey question = Of(asker, target);
        foreach (ref readonly Entry entry in SetOf(question))
        {
            if (entry.Question == question)
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
        AddressKey question = Of(asker, target);
        Span<Entry> set = SetOf(question);
        int place = 0;
        for (int way = 0; way < Ways; way++)
        {
            if (set[way].Question == question)
            {
                place = way;
                break;
            }

            place = set[place].IsUsed && (!set[way].IsUsed || set[way].When < set[place].When) ? way : place;
        }

        set[place] = new Entry(question, now);
    }

    /// <summary>All that is remembered. Allocates.</summary>
    public IReadOnlyList<AnsweredQuestion> ToList(Timestamp now) =>
    [
        .. _entries.Where(entry => entry.IsUsed).Select(entry => new AnsweredQuestion(
            entry.Question.Vlan, new MacAddress(entry.Question.Segment >> AskerShift), entry.Question.IsIPv4, new IPv6Address(entry.Question.High, entry.Question.Low), now - entry.When)),
    ];

    private Span<Entry> SetOf(in AddressKey question) => _entries.AsSpan(((int)_hash.Hash(question) & _setMask) * Ways, Ways);

    /// <summary>The segment leaves room for the asker in its word.</summary>
    private static AddressKey Of(MacAddress asker, in AddressKey target) => target with { Segment = target.Segment | (asker.Value << AskerShift) };

    private readonly record struct Entry(AddressKey Question, Timestamp When)
    {
        /// <summary>No segment has VLAN 0.</summary>
        public bool IsUsed => Question.Segment != 0;
    }
}
