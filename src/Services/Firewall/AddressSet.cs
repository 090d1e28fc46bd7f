using Weft.Packets;

namespace Weft.Services;

/// <summary>A set of addresses of both families, given as prefixes. Immutable; asked in time that grows with the logarithm of its size.</summary>
public sealed class AddressSet
{
    private readonly UInt128[] _first;
    private readonly UInt128[] _last;

    /// <summary>Creates a set.</summary>
    /// <param name="prefixes">Prefixes, which may overlap; IPv4 ones as <see cref="Of(IPv4Prefix)"/> gives them.</param>
    public AddressSet(IEnumerable<IPv6Prefix> prefixes)
    {
        ArgumentNullException.ThrowIfNull(prefixes);
        var merged = new List<(UInt128 First, UInt128 Last)>();
        foreach ((UInt128 first, UInt128 last) in prefixes.Select(Range).Order())
        {
            if (merged.Count > 0 && (merged[^1].Last >= first || merged[^1].Last + 1 == first))
            {
                merged[^1] = (merged[^1].First, UInt128.Max(merged[^1].Last, last));
            }
            else
            {
                merged.Add((first, last));
            }
        }

        _first = [.. merged.Select(range => range.First)];
        _last = [.. merged.Select(range => range.Last)];
    }

    /// <summary>Every address of both families.</summary>
    public static AddressSet Everything { get; } = new([default]);

    /// <summary>Ranges that are left after those that touch were joined.</summary>
    public int RangeCount => _first.Length;

    /// <summary>An IPv4 prefix as a prefix of mapped addresses (RFC 4291 section 2.5.5.2).</summary>
    public static IPv6Prefix Of(IPv4Prefix prefix) => new(IPv6Address.MapIPv4(prefix.Address), prefix.Length + 96);

    /// <summary>True if the set has an address; an IPv4 address is asked for as a mapped one.</summary>
    public bool Contains(IPv6Address address)
    {
        var value = new UInt128(address.High, address.Low);
        // By hand: the library's search boxes a comparand of this type.
        (int low, int high) = (0, _first.Length);
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = _first[middle] <= value ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && value <= _last[low - 1];
    }

    /// <summary>Goes on with a digest by the ranges, which are the same for all ways to say the same set.</summary>
    internal ulong Digest(KeyedHash hash, ulong digest)
    {
        for (int i = 0; i < _first.Length; i++)
        {
            foreach (UInt128 end in (ReadOnlySpan<UInt128>)[_first[i], _last[i]])
            {
                digest = hash.Hash(hash.Hash(digest ^ (ulong)(end >> 64)) ^ (ulong)end);
            }
        }

        return hash.Hash(digest ^ (ulong)_first.Length);
    }

    private static (UInt128 First, UInt128 Last) Range(IPv6Prefix prefix)
    {
        var first = new UInt128(prefix.Address.High, prefix.Address.Low);
        return (first, prefix.Length == 0 ? UInt128.MaxValue : first | UInt128.MaxValue >> prefix.Length & (prefix.Length == 128 ? 0 : UInt128.MaxValue));
    }
}
