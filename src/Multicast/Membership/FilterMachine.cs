using Weft.Packets;

namespace Weft.Multicast;

/// <summary>
/// The router's side of IGMPv3 and MLDv2 for one port and group: what a record does to filter mode, sources and timers (the
/// tables of RFC 3376 section 6.4 and RFC 3810 section 7.4), and what expiry does (sections 6.3, 6.5 and 7.2.3).
/// </summary>
internal sealed class FilterMachine(SnoopingOptions options, MembershipTable table)
{
    private const int None = MembershipTable.None;

    /// <summary>
    /// Most sources that are kept of one membership. Lists are searched one by one, so this bounds the work of a record.
    /// </summary>
    public const int MaxSourcesPerMembership = 256;

    /// <summary>What applying a record came to.</summary>
    public enum Outcome
    {
        Applied,
        GroupLimit,
        SourceLimit,
    }

    /// <summary>Applies one record.</summary>
    /// <param name="segment">Segment.</param>
    /// <param name="port">Port that the record came from.</param>
    /// <param name="group">A group that may be tracked.</param>
    /// <param name="type">One of the six types.</param>
    /// <param name="sources">The sources listed.</param>
    /// <param name="tooMany">True if the record listed more than fit in <paramref name="sources"/>.</param>
    /// <param name="asksAgain">True if this switch sends the queries that the tables ask for.</param>
    /// <param name="now">The time.</param>
    /// <param name="membership">The membership afterwards, <see cref="None"/> if there is none.</param>
    public Outcome Apply(
        int segment, int port, IPv6Address group, GroupRecordType type, ReadOnlySpan<IPv6Address> sources, bool tooMany, bool asksAgain, Timestamp now, out int membership)
    {
        bool toExclude = type is GroupRecordType.ModeIsExclude or GroupRecordType.ChangeToExclude;
        membership = table.FindMembership(table.FindGroup(segment, group), port);
        if (membership == None)
        {
            if (type == GroupRecordType.BlockOldSources || (!toExclude && sources.IsEmpty))
            {
                return Outcome.Applied; // INCLUDE of nothing is no state
            }

            membership = table.AddMembership(segment, group, port);
            if (membership == None)
            {
                return Outcome.GroupLimit;
            }
        }

        table.Changed(membership);
        bool fits = !tooMany && TryApply(membership, type, sources, asksAgain, now);
        if (!fits)
        {
            Widen(membership, now);
        }

        if (!table.Member(membership).IsExclude && table.Member(membership).FirstSource == None)
        {
            table.RemoveMembership(membership);
            membership = None;
        }

        return fits ? Outcome.Applied : Outcome.SourceLimit;
    }

    /// <summary>True if the port wants data of the group from the source.</summary>
    public bool Accepts(int membership, IPv6Address source)
    {
        int at = table.FindSource(membership, source);
        return at == None ? table.Member(membership).IsExclude : table.IsForwarded(at);
    }

    /// <summary>The group timer ran out: from EXCLUDE to INCLUDE of the sources still asked for (RFC 3376 section 6.5).</summary>
    /// <returns>True if nothing is left.</returns>
    public bool ExpireGroup(int membership)
    {
        table.Changed(membership);
        table.Member(membership).IsExclude = false;
        RemoveSources(membership, keepForwarded: true, keepListed: false);
        return RemoveIfEmpty(membership);
    }

    /// <summary>A source timer ran out: forgotten in INCLUDE mode, blocked in EXCLUDE mode (RFC 3376 section 6.3).</summary>
    /// <returns>True if nothing is left.</returns>
    public bool ExpireSource(int source)
    {
        int membership = table.Source(source).Membership;
        table.Changed(membership);
        if (table.Member(membership).IsExclude)
        {
            return false;
        }

        table.RemoveSource(membership, source);
        return RemoveIfEmpty(membership);
    }

    /// <summary>Shortens the group timer after a query (RFC 3376 section 6.6.1 and 6.6.3.1).</summary>
    public void LowerGroup(int membership, Timestamp deadline)
    {
        ref Membership member = ref table.Member(membership);
        if (member.IsExclude && member.GroupDeadline > deadline)
        {
            table.ArmGroup(membership, deadline);
        }
    }

    /// <summary>Shortens a source timer after a query (RFC 3376 section 6.6.1 and 6.6.3.2).</summary>
    public void LowerSource(int source, Timestamp deadline)
    {
        if (table.IsForwarded(source) && table.Source(source).Deadline > deadline)
        {
            table.ArmSource(source, deadline);
        }
    }

    /// <summary>Takes everything instead of a filter that has no room.</summary>
    public void Widen(int membership, Timestamp now)
    {
        RemoveSources(membership, keepForwarded: false, keepListed: false);
        table.Member(membership).IsExclude = true;
        table.ArmGroup(membership, now + options.GroupMembershipInterval);
    }

    private bool TryApply(int membership, GroupRecordType type, ReadOnlySpan<IPv6Address> sources, bool asksAgain, Timestamp now)
    {
        ref Membership member = ref table.Member(membership);
        bool wasExclude = member.IsExclude;
        bool toExclude = type is GroupRecordType.ModeIsExclude or GroupRecordType.ChangeToExclude;
        bool asks = asksAgain && (type is GroupRecordType.ChangeToInclude or GroupRecordType.ChangeToExclude or GroupRecordType.BlockOldSources);
        Timestamp interval = now + options.GroupMembershipInterval;
        Timestamp whenNew = type == GroupRecordType.ModeIsExclude ? interval : member.GroupDeadline;
        for (int at = member.FirstSource; at != None; at = table.Source(at).Next)
        {
            table.Source(at).IsListed = false;
        }

        foreach (IPv6Address address in sources)
        {
            int source = table.FindSource(membership, address);
            bool isNew = source == None;
            if (isNew)
            {
                if (type == GroupRecordType.BlockOldSources && !wasExclude)
                {
                    continue; // INCLUDE (A), BLOCK (B): nothing is added
                }

                source = table.AddSource(membership, address);
                if (source == None)
                {
                    return false;
                }
            }

            table.Source(source).IsListed = true;
            if (type is GroupRecordType.ModeIsInclude or GroupRecordType.AllowNewSources or GroupRecordType.ChangeToInclude)
            {
                table.ArmSource(source, interval);
                table.Source(source).QueriesLeft = 0;
            }
            else if (isNew && wasExclude)
            {
                table.ArmSource(source, whenNew); // (A-X-Y) gets the group timer, or the interval of a current state
            }
        }

        if (toExclude)
        {
            RemoveSources(membership, keepForwarded: false, keepListed: true);
            member.IsExclude = true;
            table.ArmGroup(membership, interval);
            member.QueriesLeft = 0;
        }

        if (asks)
        {
            // BLOCK and TO_EX ask for the listed sources that are forwarded, TO_IN for those that are not listed.
            AskSources(membership, listed: type != GroupRecordType.ChangeToInclude, now);
            if (type == GroupRecordType.ChangeToInclude && wasExclude)
            {
                AskGroup(membership, now);
            }
        }

        return CountSources(membership) <= MaxSourcesPerMembership;
    }

    private int CountSources(int membership)
    {
        int count = 0;
        for (int at = table.Member(membership).FirstSource; at != None; at = table.Source(at).Next)
        {
            count++;
        }

        return count;
    }

    private void AskGroup(int membership, Timestamp now)
    {
        table.Member(membership).QueriesLeft = (byte)options.Robustness;
        LowerGroup(membership, now + options.LastMemberQueryTime);
        table.Timers.Arm(table.QueryTimer(membership), now);
    }

    private void AskSources(int membership, bool listed, Timestamp now)
    {
        bool any = false;
        for (int at = table.Member(membership).FirstSource; at != None; at = table.Source(at).Next)
        {
            ref SourceState source = ref table.Source(at);
            if (source.IsListed == listed && table.IsForwarded(at))
            {
                source.QueriesLeft = (byte)options.Robustness;
                LowerSource(at, now + options.LastMemberQueryTime);
                any = true;
            }
        }

        if (any)
        {
            table.Timers.Arm(table.QueryTimer(membership), now);
        }
    }

    private void RemoveSources(int membership, bool keepForwarded, bool keepListed)
    {
        int at = table.Member(membership).FirstSource;
        while (at != None)
        {
            int next = table.Source(at).Next;
            bool keep = (keepForwarded && table.IsForwarded(at)) || (keepListed && table.Source(at).IsListed);
            if (!keep)
            {
                table.RemoveSource(membership, at);
            }

            at = next;
        }
    }

    private bool RemoveIfEmpty(int membership)
    {
        if (table.Member(membership).FirstSource != None)
        {
            return false;
        }

        table.RemoveMembership(membership);
        return true;
    }
}
