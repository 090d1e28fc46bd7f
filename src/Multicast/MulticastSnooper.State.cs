using Weft.Packets;

namespace Weft.Multicast;

/// <content>What is known, as a copy: for people to read, and for another instance to go on with.</content>
public sealed partial class MulticastSnooper
{
    /// <summary>Copies what is known. Allocates; not for the data path.</summary>
    /// <param name="now">The time, from which the copy's times count.</param>
    public SnooperSnapshot Snapshot(Timestamp now)
    {
        IEnumerable<MembershipSnapshot> learned = Enumerable.Range(0, _table.MembershipCapacity).Where(_table.IsUsed).Select(membership => Copy(membership, now));
        return new SnooperSnapshot
        {
            Memberships = [.. learned.Concat(_static.All.Select(Copy)).OrderBy(one => one.Segment).ThenBy(one => one.Group).ThenBy(one => one.Port).ThenBy(one => one.IsStatic)],
            Routers = [.. Routers(now)],
            Queriers = [.. _queriers.Select((_, querier) => CopyQuerier(querier, now))],
        };
    }

    /// <summary>
    /// Goes on with what another instance knew, for an instance that has just been created. What does not fit is left out: memberships
    /// beyond a port's quota, sources beyond it (the filter is widened), routers where none is accepted.
    /// </summary>
    /// <param name="snapshot">The other instance's, its segments and ports numbered as in this one.</param>
    /// <param name="now">The time from which the copy's times count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The copy names a segment or port that there is not.</exception>
    public void Restore(SnooperSnapshot snapshot, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        foreach (MembershipSnapshot one in snapshot.Memberships.Where(one => !one.IsStatic && MulticastAddress.IsTrackable(one.Group)))
        {
            RequirePlace(one.Segment, one.Port);
            Restore(one, now);
        }

        foreach (RouterSnapshot one in snapshot.Routers.Where(one => one.Remaining > TimeSpan.Zero))
        {
            RequirePlace(one.Segment, one.Port);
            if (_options.Ports[one.Port].AcceptQueries)
            {
                LearnRouter(one.Segment, one.Port, one.IsIPv6, now, one.Remaining);
            }
        }

        foreach (QuerierSnapshot one in snapshot.Queriers)
        {
            RequirePlace(one.Segment, port: 0);
            Restore(one, now);
        }
    }

    private void RequirePlace(int segment, int port)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)segment, (uint)_options.Segments.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)port, (uint)_options.Ports.Count);
    }

    private MembershipSnapshot Copy(int membership, Timestamp now)
    {
        ref readonly Membership member = ref _table.Member(membership);
        ref readonly GroupState group = ref _table.Group(member.Group);
        var forwarded = new List<(IPv6Address Address, TimeSpan Remaining)>();
        var blocked = new List<IPv6Address>();
        for (int at = member.FirstSource; at != None; at = _table.Source(at).Next)
        {
            if (_table.IsForwarded(at))
            {
                forwarded.Add((_table.Source(at).Address, Until(_table.Source(at).Deadline, now)));
            }
            else
            {
                blocked.Add(_table.Source(at).Address);
            }
        }

        forwarded.Sort((left, right) => left.Address.CompareTo(right.Address));
        var hosts = new List<(MacAddress Mac, TimeSpan Remaining)>();
        for (int host = 0; host < member.HostCount; host++)
        {
            hosts.Add((member.Hosts[host].Mac, Until(member.Hosts[host].Until, now)));
        }

        return new MembershipSnapshot
        {
            Segment = group.Segment,
            Group = group.Address,
            Port = member.Port,
            IsExclude = member.IsExclude,
            Remaining = member.IsExclude ? Until(member.GroupDeadline, now) : TimeSpan.Zero,
            Forwarded = [.. forwarded.Select(source => source.Address)],
            ForwardedRemaining = [.. forwarded.Select(source => source.Remaining)],
            Blocked = [.. blocked.Order()],
            Version1Remaining = Until(member.Version1Until, now),
            Version2Remaining = Until(member.Version2Until, now),
            Hosts = [.. hosts.OrderBy(host => host.Mac)],
            HostsAreAll = !member.IsTrackingIncomplete && _options.Ports[member.Port].FastLeave == FastLeave.WhenTracked,
        };
    }

    private static MembershipSnapshot Copy((int Segment, StaticMembership Member) one) => new()
    {
        Segment = one.Segment,
        Group = one.Member.Group,
        Port = one.Member.Port,
        IsStatic = true,
        IsExclude = one.Member.Source is null,
        Forwarded = one.Member.Source is IPv6Address source ? [source] : [],
    };

    private IEnumerable<RouterSnapshot> Routers(Timestamp now)
    {
        for (int segment = 0; segment < _options.Segments.Count; segment++)
        {
            for (int port = 0; port < _options.Ports.Count; port++)
            {
                foreach (bool isIPv6 in new bool[] { false, true })
                {
                    if (_routers.Contains(segment, port, isIPv6))
                    {
                        yield return new RouterSnapshot(segment, port, isIPv6, UntilTimer(RouterTimer(segment, port, isIPv6), now));
                    }
                }
            }
        }
    }

    private QuerierSnapshot CopyQuerier(int querier, Timestamp now)
    {
        QuerierState state = _queriers[querier];
        bool isIPv6 = (querier & 1) != 0;
        return new QuerierSnapshot(
            querier >> 1,
            isIPv6,
            IsQuerier(querier >> 1, isIPv6),
            state.IsOtherPresent ? state.Other : null,
            UntilTimer(QuerierTimer(querier), now),
            state.StartupLeft,
            state.IsSettled,
            UntilTimer(QuerierTimer(querier) + 2, now));
    }

    private void Restore(MembershipSnapshot one, Timestamp now)
    {
        int membership = _table.AddMembership(one.Segment, one.Group, one.Port);
        if (membership == None)
        {
            _counters.GroupLimit++;
            return;
        }

        ref Membership member = ref _table.Member(membership);
        member.IsExclude = one.IsExclude;
        member.Version1Until = now + one.Version1Remaining;
        member.Version2Until = now + one.Version2Remaining;
        member.IsTrackingIncomplete = !one.HostsAreAll;
        foreach ((MacAddress mac, TimeSpan remaining) in one.Hosts.Take(HostList.Capacity))
        {
            member.Hosts[member.HostCount++] = new TrackedHost { Mac = mac, Until = now + remaining };
        }

        if (one.IsExclude)
        {
            _table.ArmGroup(membership, now + one.Remaining);
        }

        foreach ((IPv6Address address, TimeSpan remaining) in one.Forwarded.Zip(one.ForwardedRemaining).Concat(one.Blocked.Select(address => (address, TimeSpan.Zero))))
        {
            int source = _table.AddSource(membership, address);
            if (source == None)
            {
                _counters.SourceLimit++;
                _filters.Widen(membership, now);
                break;
            }

            if (remaining > TimeSpan.Zero)
            {
                _table.ArmSource(source, now + remaining);
            }
        }

        _table.Changed(membership);
    }

    private void Restore(QuerierSnapshot one, Timestamp now)
    {
        int querier = Querier(one.Segment, one.IsIPv6);
        ref QuerierState state = ref _queriers[querier];
        bool isConfigured = IsConfigured(one.Segment, one.IsIPv6);
        state.IsSettled = one.IsSettled;
        if (one.SettlesIn > TimeSpan.Zero)
        {
            _table.Timers.Arm(QuerierTimer(querier) + 2, now + one.SettlesIn);
        }

        if (one.Other is IPv6Address other && !(isConfigured && other >= OwnAddress(one.Segment, one.IsIPv6)))
        {
            (state.IsOtherPresent, state.Other, state.StartupLeft) = (true, other, (byte)one.StartupLeft);
            _table.Timers.Arm(QuerierTimer(querier), now + one.Remaining);
        }
        else if (isConfigured && one.IsSelf)
        {
            // One that was the querier before goes on in its rhythm instead of starting again.
            state.StartupLeft = (byte)one.StartupLeft;
            _table.Timers.Arm(QuerierTimer(querier), now + one.Remaining);
        }

        Versions.Bump(StateVersions.OfSegment(one.Segment));
    }

    private TimeSpan UntilTimer(int timer, Timestamp now) => _table.Timers.IsArmed(timer) ? Until(_table.Timers.DeadlineOf(timer), now) : TimeSpan.Zero;

    private static TimeSpan Until(Timestamp deadline, Timestamp now) => deadline > now ? deadline - now : TimeSpan.Zero;
}
