using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Remembers which addresses of a <see cref="FilteringDatabase"/> appeared, moved or went, for somebody who keeps a copy. It holds
/// names, not contents: the reader looks up what is true by then, so many changes of one address may be read as one.
/// </summary>
public sealed class FilteringJournal
{
    private readonly ulong[] _keys;
    private readonly int _mask;
    private long _written;
    private long _read;

    /// <param name="capacity">Changes that it holds between two readings, rounded up to a power of two.</param>
    internal FilteringJournal(int capacity)
    {
        _keys = new ulong[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _mask = _keys.Length - 1;
    }

    /// <summary>True if changes were lost since the last <see cref="Clear"/>; the reader must compare everything.</summary>
    public bool HasOverflowed { get; private set; }

    /// <summary>Changes not read yet.</summary>
    public int Count => (int)(_written - _read);

    /// <summary>Reads the oldest change.</summary>
    public bool TryRead(out ushort vlan, out MacAddress mac)
    {
        (vlan, mac) = (0, default);
        if (_read == _written)
        {
            return false;
        }

        ulong key = _keys[_read++ & _mask];
        (vlan, mac) = (FilteringRecord.VlanOf(key), FilteringRecord.MacOf(key));
        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => (_read, HasOverflowed) = (_written, false);

    /// <summary>Says that the reader's copy may differ anywhere.</summary>
    internal void Lose() => HasOverflowed = true;

    internal void Note(ulong key)
    {
        if (Count == _keys.Length)
        {
            HasOverflowed = true;
            return;
        }

        _keys[_written++ & _mask] = key;
    }
}
