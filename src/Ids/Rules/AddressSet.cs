using Weft.Packets;

namespace Weft.Ids;

/// <summary>The addresses that a rule names: IPv4 as mapped into IPv6 (RFC 4291 section 2.5.5.2), so that one comparison serves both.</summary>
internal sealed class AddressSet
{
    public static readonly AddressSet Any = new([], []);

    private readonly (IPv6Address First, IPv6Address Last)[] _included;
    private readonly (IPv6Address First, IPv6Address Last)[] _excluded;

    public AddressSet(IReadOnlyList<(IPv6Address, IPv6Address)> included, IReadOnlyList<(IPv6Address, IPv6Address)> excluded)
    {
        _included = [.. included];
        _excluded = [.. excluded];
    }

    /// <summary>True if every address belongs.</summary>
    public bool IsAny => _included.Length == 0 && _excluded.Length == 0;

    public bool HasExclusions => _excluded.Length > 0;

    public IReadOnlyList<(IPv6Address First, IPv6Address Last)> Included => _included;

    public IReadOnlyList<(IPv6Address First, IPv6Address Last)> Excluded => _excluded;

    public static IPv6Address Map(IPv4Address address) => IPv6Address.MapIPv4(address);

    /// <summary>True if the address is named and not excluded; without a named one, all that are not excluded belong.</summary>
    public bool Contains(IPv6Address address) =>
        (_included.Length == 0 || IsIn(_included, address)) && !IsIn(_excluded, address);

    private static bool IsIn((IPv6Address First, IPv6Address Last)[] ranges, IPv6Address address)
    {
        foreach ((IPv6Address first, IPv6Address last) in ranges)
        {
            if (first <= address && address <= last)
            {
                return true;
            }
        }

        return false;
    }
}
