using Weft.Flows.Hashing;
using Weft.Packets;

namespace Weft.Analytics;

/// <summary>The values that one attribute has taken, each with a code from 1; a fixed number of them. Code 0 is every other value.</summary>
/// <remarks>
/// A value longer than <see cref="MaxStoredBytes"/> is known by its keyed 64-bit hash, its length and its beginning. All memory
/// is allocated by the constructor. The hash is keyed: who chooses values cannot make them collide in the table.
/// </remarks>
internal sealed class ValueTable
{
    public const int MaxStoredBytes = 64;

    private readonly HashSeed _seed;
    private readonly int _maxValues;
    private readonly int _storedBytes;
    private readonly ushort[] _buckets;
    private readonly ulong[] _hashes;
    private readonly int[] _lengths;
    private readonly byte[] _values;

    public ValueTable(HashSeed seed, int maxValues, int storedBytes)
    {
        _seed = seed;
        _maxValues = maxValues;
        _storedBytes = storedBytes;
        _buckets = new ushort[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)maxValues * 2)];
        _hashes = new ulong[maxValues + 1];
        _lengths = new int[maxValues + 1];
        _values = new byte[(maxValues + 1) * storedBytes];
    }

    private ValueTable(ValueTable other)
    {
        _seed = other._seed;
        _maxValues = other._maxValues;
        _storedBytes = other._storedBytes;
        _buckets = [.. other._buckets];
        _hashes = [.. other._hashes];
        _lengths = [.. other._lengths];
        _values = [.. other._values];
        Count = other.Count;
        Refused = other.Refused;
    }

    public int Count { get; private set; }

    public int MaxValues => _maxValues;

    public long Refused { get; private set; }

    public ValueTable Clone() => new(this);

    public ushort Find(ReadOnlySpan<byte> value)
    {
        ulong hash = SipHash24.Hash(_seed, value);
        _ = TryFind(hash, value, out ushort code, out _);
        return code;
    }

    public ushort Intern(ReadOnlySpan<byte> value)
    {
        ulong hash = SipHash24.Hash(_seed, value);
        if (TryFind(hash, value, out ushort code, out int bucket))
        {
            return code;
        }

        if (Count == _maxValues)
        {
            Refused++;
            return 0;
        }

        code = (ushort)++Count;
        _buckets[bucket] = code;
        _hashes[code] = hash;
        _lengths[code] = value.Length;
        value[..Math.Min(value.Length, _storedBytes)].CopyTo(_values.AsSpan(code * _storedBytes));
        return code;
    }

    public ReadOnlySpan<byte> ValueOf(ushort code) => _values.AsSpan(code * _storedBytes, Math.Min(_lengths[code], _storedBytes));

    /// <summary>Linear probing in a table at most half full: a stranger cannot make a chain long without the seed.</summary>
    private bool TryFind(ulong hash, ReadOnlySpan<byte> value, out ushort code, out int bucket)
    {
        int mask = _buckets.Length - 1;
        for (bucket = (int)hash & mask; _buckets[bucket] != 0; bucket = (bucket + 1) & mask)
        {
            code = _buckets[bucket];
            if (_hashes[code] == hash && _lengths[code] == value.Length && ValueOf(code).SequenceEqual(value[..Math.Min(value.Length, _storedBytes)]))
            {
                return true;
            }
        }

        code = 0;
        return false;
    }
}
