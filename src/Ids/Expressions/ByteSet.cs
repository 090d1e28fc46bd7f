using System.Buffers;

namespace Weft.Ids;

/// <summary>A set of byte values that is searched for; immutable.</summary>
internal sealed class ByteSet
{
    private readonly bool[] _contains = new bool[256];
    private readonly SearchValues<byte> _values;
    private readonly bool _isAll;

    public ByteSet(ByteBits bits)
    {
        byte[] values = bits.ToArray();
        foreach (byte value in values)
        {
            _contains[value] = true;
        }

        Bits = bits;
        _isAll = values.Length == _contains.Length;
        _values = SearchValues.Create(values);
    }

    public ByteBits Bits { get; }

    public bool Contains(byte value) => _contains[value];

    /// <summary>Bytes at the beginning of the data that belong to the set.</summary>
    public int RunLength(ReadOnlySpan<byte> data)
    {
        int end = _isAll ? -1 : data.IndexOfAnyExcept(_values);
        return end < 0 ? data.Length : end;
    }

    /// <summary>Place of the first byte that belongs to the set, or -1.</summary>
    public int IndexIn(ReadOnlySpan<byte> data) => data.IndexOfAny(_values);
}
