namespace Weft.Ids;

/// <summary>
/// Hands out places of a fixed number; when none is free, the one used longest ago changes hands. Each use has a number, so
/// that the old owner notices.
/// </summary>
internal sealed class LruSlots
{
    private const int None = -1;

    private readonly int[] _before;
    private readonly int[] _after;
    private readonly uint[] _uses;
    private readonly bool[] _isTaken;
    private int _oldest;
    private int _newest;

    public LruSlots(int capacity)
    {
        _before = new int[capacity];
        _after = new int[capacity];
        _uses = new uint[capacity];
        _isTaken = new bool[capacity];
        for (int i = 0; i < capacity; i++)
        {
            _before[i] = i - 1;
            _after[i] = i + 1 < capacity ? i + 1 : None;
        }

        _oldest = 0;
        _newest = capacity - 1;
    }

    /// <summary>True if the place still belongs to that use.</summary>
    public bool IsHeld(int slot, uint use) => use != 0 && _uses[slot] == use && _isTaken[slot];

    /// <summary>Takes a place.</summary>
    /// <param name="use">Number of this use, never 0.</param>
    /// <param name="isEvicted">True if somebody lost it.</param>
    public int Take(out uint use, out bool isEvicted)
    {
        int slot = _oldest;
        isEvicted = _isTaken[slot];
        _isTaken[slot] = true;
        use = _uses[slot] = Math.Max(1, _uses[slot] + 1);
        Touch(slot);
        return slot;
    }

    /// <summary>Makes a place the one used last.</summary>
    public void Touch(int slot)
    {
        if (slot != _newest)
        {
            Unlink(slot);
            _before[slot] = _newest;
            _after[slot] = None;
            _after[_newest] = slot;
            _newest = slot;
        }
    }

    /// <summary>Gives a place back; it is the next to be taken.</summary>
    public void Return(int slot)
    {
        _isTaken[slot] = false;
        if (slot != _oldest)
        {
            Unlink(slot);
            _after[slot] = _oldest;
            _before[slot] = None;
            _before[_oldest] = slot;
            _oldest = slot;
        }
    }

    private void Unlink(int slot)
    {
        int before = _before[slot];
        int after = _after[slot];
        _oldest = before == None ? after : _oldest;
        _newest = after == None ? before : _newest;
        if (before != None)
        {
            _after[before] = after;
        }

        if (after != None)
        {
            _before[after] = before;
        }
    }
}
