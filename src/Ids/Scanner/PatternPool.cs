namespace Weft.Ids;

/// <summary>The bytes of all patterns, one behind the other; those without case are kept folded.</summary>
internal sealed class PatternPool
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly PatternFlags[] _flags;

    public PatternPool(byte[] bytes, int[] starts, PatternFlags[] flags)
    {
        _bytes = bytes;
        _starts = starts;
        _flags = flags;
    }

    public int Count => _flags.Length;

    public long MemoryBytes => _bytes.Length + _starts.Length * sizeof(int) + _flags.Length;

    public ReadOnlySpan<byte> Bytes(int pattern) => _bytes.AsSpan(_starts[pattern].._starts[pattern + 1]);

    public int Length(int pattern) => _starts[pattern + 1] - _starts[pattern];

    public PatternFlags Flags(int pattern) => _flags[pattern];

    public bool IsNoCase(int pattern) => (_flags[pattern] & PatternFlags.NoCase) != 0;

    /// <summary>A pattern under a window.</summary>
    /// <param name="window">The key.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="offset">Where the window begins in it.</param>
    public WindowEntry Entry(uint window, int pattern, int offset)
    {
        // What stands far from the window tells the patterns apart that share it.
        ReadOnlySpan<byte> bytes = Bytes(pattern);
        int from = offset > bytes.Length / 2 ? 0 : Math.Max(0, bytes.Length - WindowEntry.TextLength);
        ReadOnlySpan<byte> text = bytes.Slice(from, Math.Min(bytes.Length, WindowEntry.TextLength));
        ulong value = 0;
        ulong mask = 0;
        for (int i = 0; i < text.Length; i++)
        {
            value |= (ulong)text[i] << (8 * i);
            mask |= (ulong)(IsNoCase(pattern) ? AsciiCase.MaskOf(text[i]) : byte.MaxValue) << (8 * i);
        }

        return new(value, mask, window, pattern, (ushort)from, (short)(from - offset), (ushort)bytes.Length, IsNoCase(pattern));
    }

    /// <summary>True if <paramref name="data"/>, cut to the entry's length by the caller, is its pattern.</summary>
    public bool Matches(in WindowEntry entry, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> pattern = _bytes.AsSpan(_starts[entry.Pattern], entry.Length);
        return entry.NoCase ? AsciiCase.EqualsFolded(data, pattern) : data.SequenceEqual(pattern);
    }
}
