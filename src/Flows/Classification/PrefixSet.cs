using Weft.Packets;

namespace Weft.Flows;

/// <summary>
/// Addresses of both families, as prefixes that may overlap. Immutable. A <see cref="PacketClassifier"/> takes the work of a set once, however many
/// rules name the same instance.
/// </summary>
public sealed class PrefixSet
{
    /// <summary>Creates a set.</summary>
    /// <param name="v4">IPv4 prefixes.</param>
    /// <param name="v6">IPv6 prefixes; none of them contains an IPv4 address, not even the mapped ones.</param>
    public PrefixSet(IEnumerable<IPv4Prefix> v4, IEnumerable<IPv6Prefix> v6)
    {
        ArgumentNullException.ThrowIfNull(v4);
        ArgumentNullException.ThrowIfNull(v6);
        (V4, V6) = ([.. v4.Distinct()], [.. v6.Distinct()]);
    }

    /// <summary>IPv4 prefixes, each once.</summary>
    public IReadOnlyList<IPv4Prefix> V4 { get; }

    /// <summary>IPv6 prefixes, each once.</summary>
    public IReadOnlyList<IPv6Prefix> V6 { get; }

    /// <summary>True if the set has the address. Takes time in proportion to its size: for tests and tools.</summary>
    public bool Contains(IPv4Address address) => V4.Any(prefix => prefix.Contains(address));

    /// <summary>True if the set has the address. Takes time in proportion to its size: for tests and tools.</summary>
    public bool Contains(IPv6Address address) => V6.Any(prefix => prefix.Contains(address));
}
