using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// What all ports of a segment want of one group, as a single host would say it (RFC 3376 section 3.2): EXCLUDE of what nobody wants if
/// anybody excludes, else INCLUDE of what anybody wants. A filter with more sources than are kept passes all of them.
/// </summary>
internal sealed class MergedFilter(MembershipTable table, StaticGroups configured)
{
    /// <summary>Sources of one record: 16 octets each, so that every record fits a frame.</summary>
    public const int MaxSources = 64;

    private const int None = MembershipTable.None;

    private readonly IPv6Address[] _sources = new IPv6Address[MaxSources];
    private int _count;

    /// <summary>True if anybody listens.</summary>
    public bool HasMembers { get; private set; }

    public bool IsExclude { get; private set; }

    public ReadOnlySpan<IPv6Address> Sources => _sources.AsSpan(0, _count);

    /// <summary>A number that differs between filters that differ; 0 without members.</summary>
    public ulong Digest(KeyedHash hash)
    {
        if (!HasMembers)
        {
            return 0;
        }

        // Sources come in no particular order.
        ulong sum = IsExclude ? 2UL : 1;
        foreach (IPv6Address source in Sources)
        {
            sum += hash.Hash(new GroupKey(0, source));
        }

        return sum == 0 ? 1 : sum;
    }

    public void Load(int segment, IPv6Address group)
    {
        (HasMembers, IsExclude, _count) = (false, false, 0);
        int found = table.FindGroup(segment, group);
        int first = found == None ? None : table.Group(found).FirstMembership;
        for (int at = first; at != None; at = table.Member(at).Next)
        {
            HasMembers = true;
            if (table.Member(at).IsExclude && !IsExclude)
            {
                IsExclude = true;
                Collect(at, forwarded: false);
            }
        }

        ReadOnlySpan<StaticMembership> fixedOnes = configured.Of(segment, group);
        foreach (StaticMembership member in fixedOnes)
        {
            HasMembers = true;
            if (member.Source is null)
            {
                (IsExclude, _count) = (true, 0);
                return;
            }
        }

        if (IsExclude)
        {
            Narrow(first, fixedOnes);
            return;
        }

        for (int at = first; at != None; at = table.Member(at).Next)
        {
            Collect(at, forwarded: true);
        }

        foreach (StaticMembership member in fixedOnes)
        {
            Add(member.Source!.Value);
        }
    }

    /// <summary>Takes out of the blocked sources what any other membership wants.</summary>
    private void Narrow(int first, ReadOnlySpan<StaticMembership> fixedOnes)
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            if (IsWanted(first, fixedOnes, _sources[i]))
            {
                _sources[i] = _sources[--_count];
            }
        }
    }

    private bool IsWanted(int first, ReadOnlySpan<StaticMembership> fixedOnes, IPv6Address source)
    {
        for (int at = first; at != None; at = table.Member(at).Next)
        {
            int found = table.FindSource(at, source);
            if (found == None ? table.Member(at).IsExclude : table.IsForwarded(found))
            {
                return true;
            }
        }

        foreach (StaticMembership member in fixedOnes)
        {
            if (member.Source == source)
            {
                return true;
            }
        }

        return false;
    }

    private void Collect(int membership, bool forwarded)
    {
        for (int at = table.Member(membership).FirstSource; at != None; at = table.Source(at).Next)
        {
            if (table.IsForwarded(at) == forwarded)
            {
                Add(table.Source(at).Address);
            }
        }
    }

    private void Add(IPv6Address source)
    {
        if (_sources.AsSpan(0, _count).Contains(source))
        {
            return;
        }

        if (_count < MaxSources)
        {
            _sources[_count++] = source;
        }
        else if (!IsExclude)
        {
            // More than are kept: all, rather than too few. Of blocked ones the rest is simply not blocked upstream.
            (IsExclude, _count) = (true, 0);
        }
    }
}
