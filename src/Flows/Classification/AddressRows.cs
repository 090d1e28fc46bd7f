using Weft.Packets;

namespace Weft.Flows.Classification;

/// <summary>
/// From an address to the row of rules that it suits. The longest of all prefixes that contains an address says which others contain it, so each
/// prefix has one row.
/// </summary>
internal sealed class AddressRows
{
    private readonly PrefixTable4? _v4;
    private readonly PrefixTable6? _v6;
    private readonly int _other;

    public AddressRows(IReadOnlyList<PrefixSet?> sets, RuleRows rows)
    {
        ulong[] any = rows.Where(rule => sets[rule] is null);
        _other = rows.OffsetOf(any);
        var users = new Dictionary<PrefixSet, ulong[]>(ReferenceEqualityComparer.Instance);
        for (int rule = 0; rule < sets.Count; rule++)
        {
            if (sets[rule] is PrefixSet set)
            {
                if (!users.TryGetValue(set, out ulong[]? row))
                {
                    users[set] = row = rows.Empty();
                }

                RuleRows.Set(row, rule, isIn: true);
            }
        }

        _v4 = Table4(users, any, rows);
        _v6 = Table6(users, any, rows);
    }

    public int Of(IPv6Address address, bool isIp, bool isIPv4)
    {
        int found = isIPv4 ? _v4?.Find(new IPv4Address((uint)address.Low)) ?? PrefixTable4.None
            : isIp ? _v6?.Find(address) ?? PrefixTable6.None
            : PrefixTable4.None;
        return found < 0 ? _other : found;
    }

    private static PrefixTable4? Table4(Dictionary<PrefixSet, ulong[]> users, ulong[] any, RuleRows rows)
    {
        IEnumerable<(UInt128, int, ulong[])> flat = users.SelectMany(user => user.Key.V4.Select(prefix => ((UInt128)prefix.Address.Value << 96, (int)prefix.Length, user.Value)));
        List<KeyValuePair<IPv4Prefix, int>> table = [.. Nest(flat, any, rows).Select(item => KeyValuePair.Create(new IPv4Prefix(new IPv4Address((uint)(item.Bits >> 96)), item.Length), item.Offset))];
        return table.Count == 0 ? null : new PrefixTable4(table);
    }

    private static PrefixTable6? Table6(Dictionary<PrefixSet, ulong[]> users, ulong[] any, RuleRows rows)
    {
        IEnumerable<(UInt128, int, ulong[])> flat = users.SelectMany(user => user.Key.V6.Select(prefix => (new UInt128(prefix.Address.High, prefix.Address.Low), (int)prefix.Length, user.Value)));
        List<KeyValuePair<IPv6Prefix, int>> table = [.. Nest(flat, any, rows).Select(item => KeyValuePair.Create(new IPv6Prefix(new IPv6Address((ulong)(item.Bits >> 64), (ulong)item.Bits), item.Length), item.Offset))];
        return table.Count == 0 ? null : new PrefixTable6(table);
    }

    /// <summary>Gives each prefix the rules of its own and of those that contain it, which come before it in order of address and length.</summary>
    private static IEnumerable<(UInt128 Bits, int Length, int Offset)> Nest(IEnumerable<(UInt128 Bits, int Length, ulong[] Rules)> prefixes, ulong[] any, RuleRows rows)
    {
        var around = new Stack<(UInt128 Bits, int Length, ulong[] Row)>();
        foreach (IGrouping<(UInt128 Bits, int Length), (UInt128, int, ulong[] Rules)> prefix in prefixes.GroupBy(item => (item.Bits, item.Length)).OrderBy(group => group.Key))
        {
            while (around.Count > 0 && !Contains(around.Peek().Bits, around.Peek().Length, prefix.Key.Bits))
            {
                _ = around.Pop();
            }

            ulong[] row = [.. around.Count > 0 ? around.Peek().Row : any];
            foreach ((_, _, ulong[] own) in prefix)
            {
                for (int word = 0; word < row.Length; word++)
                {
                    row[word] |= own[word];
                }
            }

            around.Push((prefix.Key.Bits, prefix.Key.Length, row));
            yield return (prefix.Key.Bits, prefix.Key.Length, rows.OffsetOf(row));
        }
    }

    private static bool Contains(UInt128 bits, int length, UInt128 address) => length == 0 || (bits ^ address) >> (128 - length) == 0;
}
