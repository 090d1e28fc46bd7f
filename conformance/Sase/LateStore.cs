using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>A store as it may be at its worst: questions get lost, answers come late, twice, and out of order, and old ones come again.</summary>
internal sealed class LateStore(IOwnershipStore inner, int seed) : IOwnershipStore
{
    private readonly Random _random = new(seed);
    private readonly List<(int Looks, OwnershipGrant Grant)> _late = [];
    private readonly List<OwnershipGrant> _said = [];

    /// <summary>Of a hundred questions, how many get lost.</summary>
    public int Lost { get; set; } = 20;

    /// <summary>How often is looked for an answer, at most, until it is there; nodes look about once a millisecond.</summary>
    public int Delay { get; init; } = 60;

    public void Request(int bundle, Epoch expected, Epoch next, Timestamp now)
    {
        if (_random.Next(100) >= Lost)
        {
            inner.Request(bundle, expected, next, now);
        }
    }

    public bool TryTake(out OwnershipGrant grant)
    {
        while (inner.TryTake(out OwnershipGrant fresh))
        {
            _late.Add((_random.Next(Delay + 1), fresh));
            if (_random.Next(4) == 0 && _said.Count > 0)
            {
                // As after a connection to another member, or a watch that begins again because its revision was compacted.
                _late.Add((_random.Next(Delay + 1), _said[_random.Next(_said.Count)]));
            }
        }

        for (int i = 0; i < _late.Count; i++)
        {
            _late[i] = (_late[i].Looks - 1, _late[i].Grant);
        }

        int due = _late.FindIndex(late => late.Looks < 0);
        grant = due < 0 ? default : _late[due].Grant;
        if (due < 0)
        {
            return false;
        }

        _said.Add(grant);
        _late.RemoveAt(due);
        return true;
    }
}
