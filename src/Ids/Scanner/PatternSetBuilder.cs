namespace Weft.Ids;

/// <summary>Collects patterns for a <see cref="PatternSet"/>. Equal patterns with equal flags are one and get one number.</summary>
public sealed class PatternSetBuilder
{
    /// <summary>Bytes of the longest pattern that is accepted.</summary>
    public const int MaxPatternLength = 65_535;

    private readonly List<byte> _bytes = [];
    private readonly List<int> _starts = [0];
    private readonly List<PatternFlags> _flags = [];
    private readonly Dictionary<ulong, List<int>> _known = [];

    /// <summary>Patterns added so far, equal ones counted once.</summary>
    public int Count => _flags.Count;

    /// <summary>Adds a pattern, or finds it among those that were added.</summary>
    /// <param name="literal">Its bytes, any values, 1 to 65,535 of them. They are copied.</param>
    /// <param name="flags">How it is compared and whether scans look for it.</param>
    /// <returns>Its number: 0, 1, 2 … in the order of first addition.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="literal"/> is empty or longer than allowed.</exception>
    public int Add(ReadOnlySpan<byte> literal, PatternFlags flags = PatternFlags.None)
    {
        if (literal.Length is 0 or > MaxPatternLength)
        {
            throw new ArgumentOutOfRangeException(nameof(literal), literal.Length, $"A pattern has 1 to {MaxPatternLength} bytes.");
        }

        byte[] bytes = literal.ToArray();
        if ((flags & PatternFlags.NoCase) != 0)
        {
            AsciiCase.Fold(literal, bytes);
        }

        ulong key = KeyOf(bytes, flags);
        if (!_known.TryGetValue(key, out List<int>? candidates))
        {
            _known[key] = candidates = new List<int>(1);
        }

        foreach (int known in candidates)
        {
            if (_flags[known] == flags && BytesOf(known).SequenceEqual(bytes))
            {
                return known;
            }
        }

        int pattern = _flags.Count;
        candidates.Add(pattern);
        _bytes.AddRange(bytes);
        _starts.Add(_bytes.Count);
        _flags.Add(flags);
        return pattern;
    }

    /// <summary>Compiles the patterns. The builder can go on collecting; what was built does not change.</summary>
    /// <param name="options">Null for the defaults.</param>
    public PatternSet Build(PatternSetOptions? options = null) =>
        new(new PatternPool([.. _bytes], [.. _starts], [.. _flags]), options ?? new PatternSetOptions());

    private ReadOnlySpan<byte> BytesOf(int pattern) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes)[_starts[pattern].._starts[pattern + 1]];

    private static ulong KeyOf(ReadOnlySpan<byte> bytes, PatternFlags flags)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return ((ulong)(uint)hash.ToHashCode() << 8) | (byte)flags;
    }
}
