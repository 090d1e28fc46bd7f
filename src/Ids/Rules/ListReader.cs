using Weft.Packets;

namespace Weft.Ids;

/// <summary>Reads the lists of a rule's header: <c>[10.0.0.0/8,!$DNS_SERVERS]</c>, <c>[1:1024,!80]</c>.</summary>
internal sealed class ListReader(RuleVariables variables)
{
    // A variable that is defined by itself, over however many others, ends here; so do lists in lists.
    private const int MaxDepth = 16;
    private const int Ports = 65_536;
    private const int MaxKept = 4096;

    // Rules name the same few lists over and over.
    private readonly Dictionary<string, AddressSet> _addresses = new(StringComparer.Ordinal) { ["any"] = AddressSet.Any };
    private readonly Dictionary<string, PortSet> _ports = new(StringComparer.Ordinal) { ["any"] = PortSet.Any };

    public RuleError ReadAddresses(string text, out AddressSet set)
    {
        if (_addresses.TryGetValue(text, out set!))
        {
            return RuleError.None;
        }

        var included = new List<(IPv6Address, IPv6Address)>();
        var excluded = new List<(IPv6Address, IPv6Address)>();
        bool any = false;
        RuleError error = Visit(text, false, 0, (item, negated) =>
        {
            if (item == "any")
            {
                any |= !negated;
                return negated ? RuleError.BadAddress : RuleError.None;
            }

            if (!TryReadRange(item, out (IPv6Address, IPv6Address) range))
            {
                return RuleError.BadAddress;
            }

            (negated ? excluded : included).Add(range);
            return RuleError.None;
        });
        set = error == RuleError.None ? Keep(_addresses, text, new AddressSet(any ? [] : included, excluded)) : AddressSet.Any;
        return error;
    }

    public RuleError ReadPorts(string text, out PortSet set)
    {
        if (_ports.TryGetValue(text, out set!))
        {
            return RuleError.None;
        }

        ulong[] included = new ulong[Ports / 64];
        ulong[] excluded = new ulong[Ports / 64];
        bool hasIncluded = false;
        RuleError error = Visit(text, false, 0, (item, negated) =>
        {
            int first = 0;
            int last = Ports - 1;
            int colon = item.IndexOf(':', StringComparison.Ordinal);
            bool isRead = item == "any" ? !negated
                : colon < 0 ? TryReadPort(item, out first) && TryReadPort(item, out last)
                : (colon == 0 || TryReadPort(item[..colon], out first)) && (colon == item.Length - 1 || TryReadPort(item[(colon + 1)..], out last));
            if (!isRead || first > last)
            {
                return RuleError.BadPort;
            }

            hasIncluded |= !negated;
            for (int port = first; port <= last; port++)
            {
                (negated ? excluded : included)[port >> 6] |= 1UL << (port & 63);
            }

            return RuleError.None;
        });
        for (int i = 0; i < included.Length; i++)
        {
            included[i] = (hasIncluded ? included[i] : ulong.MaxValue) & ~excluded[i];
        }

        set = error == RuleError.None ? Keep(_ports, text, PortSet.FromBits(included)) : PortSet.Any;
        return error;
    }

    private static T Keep<T>(Dictionary<string, T> known, string text, T set)
    {
        if (known.Count < MaxKept)
        {
            known[text] = set;
        }

        return set;
    }

    private static bool TryReadPort(string text, out int port) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out port) && port < Ports;

    private static bool TryReadRange(string text, out (IPv6Address First, IPv6Address Last) range)
    {
        range = default;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash > 0)
        {
            return TryReadAddress(text[..dash], out range.First) && TryReadAddress(text[(dash + 1)..], out range.Last) && range.First <= range.Last;
        }

        int slash = text.IndexOf('/', StringComparison.Ordinal);
        bool isFour = !text.Contains(':', StringComparison.Ordinal);
        int length = isFour ? 32 : 128;
        if (!TryReadAddress(slash < 0 ? text : text[..slash], out IPv6Address address)
            || (slash >= 0 && !TryReadLength(text[(slash + 1)..], isFour, ref length)))
        {
            return false;
        }

        // The host's bits; a shift by 128 would be a shift by nothing.
        int hostBits = isFour ? 32 - length : 128 - length;
        UInt128 mask = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        var value = new UInt128(address.High, address.Low);
        UInt128 first = value & ~mask;
        UInt128 last = value | mask;
        range = (ToAddress(first), ToAddress(last));
        return true;
    }

    private static bool TryReadLength(string text, bool isFour, ref int length)
    {
        if (isFour && IPv4Address.TryParse(text, out IPv4Address mask))
        {
            length = System.Numerics.BitOperations.PopCount(mask.Value);
            return true;
        }

        return int.TryParse(text, System.Globalization.NumberStyles.None, null, out int bits) && bits <= length && (length = bits) >= 0;
    }

    private static IPv6Address ToAddress(UInt128 value) => new((ulong)(value >> 64), (ulong)value);

    private static bool TryReadAddress(string text, out IPv6Address address)
    {
        if (IPv4Address.TryParse(text, out IPv4Address four))
        {
            address = AddressSet.Map(four);
            return true;
        }

        return IPv6Address.TryParse(text, out address);
    }

    private RuleError Visit(string text, bool negated, int depth, Func<string, bool, RuleError> item)
    {
        text = text.Trim();
        if (depth > MaxDepth)
        {
            return RuleError.UnknownVariable;
        }

        if (text.StartsWith('!'))
        {
            return Visit(text[1..], !negated, depth + 1, item);
        }

        if (text.StartsWith('$'))
        {
            return variables.TryGet(text[1..], out string value) ? Visit(value, negated, depth + 1, item) : RuleError.UnknownVariable;
        }

        if (!text.StartsWith('['))
        {
            return item(text, negated);
        }

        return text.EndsWith(']') ? VisitList(text[1..^1], negated, depth, item) : RuleError.BadAddress;
    }

    private RuleError VisitList(string text, bool negated, int depth, Func<string, bool, RuleError> item)
    {
        int nesting = 0;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            nesting += i == text.Length ? 0 : text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
            if (i == text.Length || (text[i] == ',' && nesting == 0))
            {
                RuleError error = Visit(text[start..i], negated, depth + 1, item);
                if (error != RuleError.None)
                {
                    return error;
                }

                start = i + 1;
            }
        }

        return nesting == 0 ? RuleError.None : RuleError.BadAddress;
    }
}
