using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Weft.Ids;

/// <summary>Collects patterns for a <see cref="PatternSet"/>. Equal patterns with equal flags are one and get one number.</summary>
public sealed class PatternSetBuilder
{
    /// <summary>Bytes of the longest pattern that is accepted.</summary>
    public const int MaxPatternLength = 65_535;

    private const int None = -1;

    // 2^64 divided by the golden ratio.
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    private readonly List<byte> _bytes = [];
    private readonly List<int> _starts = [0];
    private readonly List<PatternFlags> _flags = [];

    // The last pattern of each hash, and for each pattern the one before it with the same hash.
    private readonly Dictionary<ulong, int> _last = [];
    private readonly List<int> _before = [];

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

        int start = _bytes.Count;
        CollectionsMarshal.SetCount(_bytes, start + literal.Length);
        Span<byte> bytes = CollectionsMarshal.AsSpan(_bytes)[start..];
        literal.CopyTo(bytes);
        if ((flags & PatternFlags.NoCase) != 0)
        {
            AsciiCase.Fold(literal, bytes);
        }

        ref int last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, KeyOf(bytes, flags), out bool exists);
        for (int known = exists ? last : None; known != None; known = _before[known])
        {
            if (_flags[known] == flags && BytesOf(known).SequenceEqual(bytes))
            {
                CollectionsMarshal.SetCount(_bytes, start);
                return known;
            }
        }

        _before.Add(exists ? last : None);
        last = _flags.Count;
        _starts.Add(_bytes.Count);
        _flags.Add(flags);
        return last;
    }

    /// <summary>Compiles the patterns. The builder can go on collecting; what was built does not change.</summary>
    /// <param name="options">Null for the defaults.</param>
    public PatternSet Build(PatternSetOptions? options = null) =>
        new(new PatternPool([.. _bytes], [.. _starts], [.. _flags]), options ?? new PatternSetOptions());

    private ReadOnlySpan<byte> BytesOf(int pattern) => CollectionsMarshal.AsSpan(_bytes)[_starts[pattern].._starts[pattern + 1]];

    private static ulong KeyOf(ReadOnlySpan<byte> bytes, PatternFlags flags)
    {
        ulong key = ((ulong)flags << 32) | (uint)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            key = Mix(key ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (byte value in bytes)
        {
            key = Mix(key ^ value);
        }

        return key;
    }

    private static ulong Mix(ulong key)
    {
        key *= Golden;
        return key ^ (key >> 32);
    }
}
