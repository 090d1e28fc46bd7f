namespace Weft.Ids;

/// <summary>The patterns found in one scan: a bit each, and a list of them so that clearing costs what was set.</summary>
internal sealed class FoundPatterns(int patternCount)
{
    private readonly ulong[] _bits = new ulong[(patternCount + 63) / 64];
    private readonly int[] _list = new int[patternCount];
    private int _count;

    public ReadOnlySpan<int> List => _list.AsSpan(0, _count);

    public bool Contains(int pattern) => (_bits[pattern >> 6] >> (pattern & 63) & 1) != 0;

    /// <summary>Marks a pattern.</summary>
    /// <returns>True if it was not marked before.</returns>
    public bool Add(int pattern)
    {
        ref ulong word = ref _bits[pattern >> 6];
        ulong bit = 1UL << (pattern & 63);
        if ((word & bit) != 0)
        {
            return false;
        }

        word |= bit;
        _list[_count++] = pattern;
        return true;
    }

    public void Clear()
    {
        foreach (int pattern in List)
        {
            _bits[pattern >> 6] = 0;
        }

        _count = 0;
    }
}
