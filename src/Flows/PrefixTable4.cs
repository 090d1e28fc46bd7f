using Weft.Flows.Prefixes;
using Weft.Packets;

namespace Weft.Flows;

/// <summary>Finds the longest of a set of IPv4 prefixes that contains an address, as routing needs it (RFC 1812 section 5.2.4.3).</summary>
/// <remarks>
/// Immutable: a change builds another table beside it, away from the data path. A lookup takes at most one step for every six bits of the
/// longest prefix and allocates nothing; it may be done from any number of threads.
/// </remarks>
public sealed class PrefixTable4
{
    /// <summary>The value of an address that no prefix contains.</summary>
    public const int None = -1;

    private readonly PrefixTrie _trie;

    /// <summary>Builds a table. Costs time and memory in proportion to the prefixes' bits.</summary>
    /// <param name="prefixes">The prefixes, each once, with their values, 0 or more.</param>
    /// <exception cref="ArgumentException">A prefix is there twice, or a value is negative.</exception>
    public PrefixTable4(IReadOnlyCollection<KeyValuePair<IPv4Prefix, int>> prefixes)
    {
        ArgumentNullException.ThrowIfNull(prefixes);
        var seen = new HashSet<IPv4Prefix>(prefixes.Count);
        foreach ((IPv4Prefix prefix, int value) in prefixes)
        {
            if (value < 0)
            {
                throw new ArgumentException($"The value of {prefix} is {value}; it must not be negative.", nameof(prefixes));
            }

            if (!seen.Add(prefix))
            {
                throw new ArgumentException($"{prefix} is there twice.", nameof(prefixes));
            }
        }

        Count = seen.Count;
        _trie = new PrefixTrie(prefixes.Select(item => (Bits(item.Key.Address), (int)item.Key.Length, item.Value)));
    }

    /// <summary>Number of prefixes.</summary>
    public int Count { get; }

    /// <summary>Bytes that lookups read from.</summary>
    public int SizeBytes => _trie.SizeBytes;

    /// <summary>The value of the longest prefix that contains an address, <see cref="None"/> if none does.</summary>
    public int Find(IPv4Address address) => _trie.Find(Bits(address));

    private static UInt128 Bits(IPv4Address address) => (UInt128)address.Value << 96;
}
