namespace Weft.Ids;

/// <summary>A rule that matched while one packet was looked at.</summary>
internal struct Match
{
    public int Rule;
    public bool ToServer;
    public AlertSource Source;
    public int Message;
}

/// <summary>The rules that matched while one packet was looked at.</summary>
internal sealed class MatchList
{
    /// <summary>Rules that one packet may match; further ones are counted as lost alerts.</summary>
    public const int Capacity = 1024;

    private readonly Match[] _matches = new Match[Capacity];
    private readonly long[] _order = new long[Capacity];

    public int Count { get; private set; }

    public ref readonly Match this[int index] => ref _matches[(int)(_order[index] & (Capacity - 1))];

    public void Clear() => Count = 0;

    public bool TryAdd(in Match match)
    {
        if (Count == Capacity)
        {
            return false;
        }

        _order[Count] = (long)match.Rule * Capacity + Count;
        _matches[Count++] = match;
        return true;
    }

    /// <summary>Puts them in the order in which rules apply; those of one rule stay in the order in which they came.</summary>
    public void Sort() => _order.AsSpan(0, Count).Sort();
}
