using Weft.Flows.Hashing;
using Weft.Packets;

namespace Weft.Analytics;

/// <summary>Which bit of a vector stands for which feature of a process.</summary>
/// <remarks>All memory is allocated by the constructor, about 80 bytes a bit. One thread at a time.</remarks>
public sealed class FeatureSpace
{
    /// <summary>Smallest number of bits.</summary>
    public const int MinBits = 64;

    /// <summary>Largest number of bits.</summary>
    public const int MaxBits = 65_536;

    private const int MaxKeyBytes = 1024;

    private readonly HashSeed _seed;
    private readonly ValueTable? _registry;
    private readonly byte[] _names;
    private readonly byte[] _lengths;

    /// <summary>Creates a space.</summary>
    /// <param name="bits">A multiple of 64, <see cref="MinBits"/> to <see cref="MaxBits"/>.</param>
    /// <param name="mapping">How features become bits.</param>
    /// <param name="seed">Secret of the hash, so that nobody can choose features that share a bit.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bits"/> is out of range or no multiple of 64.</exception>
    public FeatureSpace(int bits, FeatureMapping mapping, HashSeed seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, MinBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, MaxBits);
        ArgumentOutOfRangeException.ThrowIfNotEqual(bits % 64, 0, nameof(bits));
        Bits = bits;
        Mapping = mapping;
        _seed = seed;
        bool isRegistry = mapping == FeatureMapping.Registry;
        _registry = isRegistry ? new ValueTable(seed, bits - 1, ValueTable.MaxStoredBytes) : null;
        _names = isRegistry ? [] : new byte[bits * ValueTable.MaxStoredBytes];
        _lengths = isRegistry ? [] : new byte[bits];
    }

    /// <summary>Bits of a vector.</summary>
    public int Bits { get; }

    /// <summary>64-bit words of a vector.</summary>
    public int Words => Bits / 64;

    /// <summary>How features become bits.</summary>
    public FeatureMapping Mapping { get; }

    /// <summary>Features that found the registry full. Not 0 means that the last bit says little: make the space larger.</summary>
    public long Overflowed => _registry?.Refused ?? 0;

    /// <summary>The bit of a feature. A registry gives unknown features bits as long as there are any.</summary>
    public int Map(FeatureKind kind, ReadOnlySpan<byte> name)
    {
        Span<byte> key = stackalloc byte[MaxKeyBytes];
        ReadOnlySpan<byte> feature = Key(kind, name, key);
        if (_registry is not null)
        {
            int code = _registry.Intern(feature);
            return code == 0 ? Bits - 1 : code - 1;
        }

        int bit = (int)Math.BigMul(SipHash24.Hash(_seed, feature), (ulong)Bits, out _);
        if (_lengths[bit] == 0)
        {
            int kept = Math.Min(feature.Length, ValueTable.MaxStoredBytes);
            feature[..kept].CopyTo(_names.AsSpan(bit * ValueTable.MaxStoredBytes));
            _lengths[bit] = (byte)kept;
        }

        return bit;
    }

    /// <summary>Sets the bit of a feature in a vector of <see cref="Words"/> words.</summary>
    public void Set(Span<ulong> vector, FeatureKind kind, ReadOnlySpan<byte> name)
    {
        int bit = Map(kind, name);
        vector[bit >> 6] |= 1UL << bit;
    }

    /// <summary>The feature behind a bit: with a hash, the first one that met it. At most the first 63 bytes of its name.</summary>
    /// <returns>False if no feature has the bit, or it is the registry's last.</returns>
    public bool TryName(int bit, out FeatureKind kind, out ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> feature = default;
        if ((uint)bit < (uint)Bits)
        {
            feature = _registry is null
                ? _names.AsSpan(bit * ValueTable.MaxStoredBytes, _lengths[bit])
                : bit < _registry.Count ? _registry.ValueOf((ushort)(bit + 1)) : default;
        }

        kind = feature.IsEmpty ? default : (FeatureKind)feature[0];
        name = feature.IsEmpty ? default : feature[1..];
        return !feature.IsEmpty;
    }

    /// <summary>Kind and name; of a name too long, its beginning and the hash of it all.</summary>
    private ReadOnlySpan<byte> Key(FeatureKind kind, ReadOnlySpan<byte> name, Span<byte> key)
    {
        key[0] = (byte)kind;
        if (name.Length < key.Length)
        {
            name.CopyTo(key[1..]);
            return key[..(1 + name.Length)];
        }

        name[..(key.Length - 1 - sizeof(ulong))].CopyTo(key[1..]);
        _ = BitConverter.TryWriteBytes(key[^sizeof(ulong)..], SipHash24.Hash(_seed, name));
        return key;
    }
}
