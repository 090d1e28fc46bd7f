using Weft.Packets;

namespace Weft.Multicast;

/// <content>Timers, and the querier's part.</content>
public sealed partial class MulticastSnooper
{
    private readonly IPv6Address[] _asked = new IPv6Address[QueryWriter.MaxSources];

    /// <summary>Ends what has aged and makes the queries that are due. Call it once a burst.</summary>
    /// <typeparam name="TSink">A struct, so that calls are direct.</typeparam>
    /// <param name="now">The time.</param>
    /// <param name="sink">Takes the queries.</param>
    /// <param name="budget">Most timers handled; the rest is done by the next call.</param>
    /// <returns>How many timers fired.</returns>
    public int Advance<TSink>(Timestamp now, ref TSink sink, int budget = 64)
        where TSink : IControlSink, allows ref struct
    {
        int done = 0;
        int fired;
        do
        {
            int most = Math.Min(_expired.Length, budget - done);
            fired = most <= 0 ? 0 : _table.Timers.Advance(now, _expired.AsSpan(0, most), budget);
            for (int i = 0; i < fired; i++)
            {
                Fire(_expired[i], now, ref sink);
            }

            done += fired;
        }
        while (fired > 0);
        _proxy?.Advance(this, now, budget, ref sink);
        return done;
    }

    /// <summary>
    /// Asks all hosts again at once, in every segment that this switch queries: memberships may have moved with a link that came up
    /// (RFC 4541 section 2.1.1 (3)).
    /// </summary>
    public void QueryAgain(Timestamp now)
    {
        for (int querier = 0; querier < _queriers.Length; querier++)
        {
            if (IsQuerier(querier >> 1, (querier & 1) != 0))
            {
                StartQuerying(querier, now);
            }
        }
    }

    /// <summary>True while a querier of the family asks in IGMPv1, v2 or MLDv1, which are then to be answered in (RFC 3376 section 7.2.1).</summary>
    internal bool HearsOlderQuerier(int querier) => _queriers[querier].IsOlder;

    /// <summary>Hands a report of this switch to every port that takes reports.</summary>
    internal void SendReport<TSink>(int querier, ReadOnlySpan<byte> frame, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        _counters.ReportsSent++;
        for (int port = 0; port < _options.Ports.Count; port++)
        {
            if (TakesReports(querier >> 1, port, (querier & 1) != 0))
            {
                sink.Send(querier >> 1, port, frame);
            }
        }
    }

    private void Fire<TSink>(int timer, Timestamp now, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        int memberships = _table.MembershipCapacity;
        if (timer < memberships)
        {
            if (_table.IsUsed(timer) && _filters.ExpireGroup(timer))
            {
                _counters.Expired++;
            }
        }
        else if (timer < _table.FirstSourceTimer)
        {
            // One that ended in the same burst of timers asks nothing any more.
            if (_table.IsUsed(timer - memberships))
            {
                AskLastMembers(timer - memberships, now, ref sink);
            }
        }
        else if (timer < _table.FirstSegmentTimer)
        {
            int source = timer - _table.FirstSourceTimer;
            if (_table.IsSourceUsed(source) && _filters.ExpireSource(source))
            {
                _counters.Expired++;
            }
        }
        else
        {
            FireSegment(timer - _table.FirstSegmentTimer, now, ref sink);
        }
    }

    private void FireSegment<TSink>(int timer, Timestamp now, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        (int segment, int which) = Math.DivRem(timer, _timersPerSegment);
        int routers = 2 * _options.Ports.Count;
        if (which < routers)
        {
            _ = _routers.Set(segment, which >> 1, (which & 1) != 0, isRouter: false);
            Versions.Bump(StateVersions.OfSegment(segment));
            return;
        }

        int querier = (2 * segment) + (which & 1);
        ref QuerierState state = ref _queriers[querier];
        if (which >= routers + 2)
        {
            state.IsSettled = true;
            Versions.Bump(StateVersions.OfSegment(segment));
            return;
        }

        if (state.IsOtherPresent)
        {
            state.IsOtherPresent = false;
            state.IsSettled = false;
            Versions.Bump(StateVersions.OfSegment(segment));
            if (!IsConfigured(segment, (which & 1) != 0))
            {
                return;
            }

            StartQuerying(querier, now);
        }

        SendGeneralQuery(querier, now, ref sink);
    }

    private void StartQuerying(int querier, Timestamp now)
    {
        _queriers[querier].StartupLeft = (byte)_options.Robustness;
        _table.Timers.Arm(QuerierTimer(querier), now);
    }

    private void SendGeneralQuery<TSink>(int querier, Timestamp now, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        int segment = querier >> 1;
        ref QuerierState state = ref _queriers[querier];
        bool starting = state.StartupLeft > 1;
        state.StartupLeft -= (byte)(state.StartupLeft > 0 ? 1 : 0);
        _table.Timers.Arm(QuerierTimer(querier), now + (starting ? _options.QueryInterval / 4 : _options.QueryInterval)); // RFC 3376 section 8.6
        Settle(querier, now);
        _counters.QueriesSent++;
        sink.Send(segment, -1, _queries.General(_options.Segments[segment], (querier & 1) != 0));
    }

    /// <summary>Lowest address wins (RFC 3376 section 6.6.2); a switch without address never takes part, but notes who queries.</summary>
    private void Elect(int segment, bool isIPv6, IPv6Address source, Timestamp now)
    {
        int querier = Querier(segment, isIPv6);
        if (IsConfigured(segment, isIPv6) && source >= OwnAddress(segment, isIPv6))
        {
            return;
        }

        Settle(querier, now);
        _queriers[querier].IsOtherPresent = true;
        _queriers[querier].Other = source;
        _table.Timers.Arm(QuerierTimer(querier), now + _options.OtherQuerierPresentInterval);
    }

    /// <summary>Waits once until hosts had their time to answer.</summary>
    private void Settle(int querier, Timestamp now)
    {
        int timer = QuerierTimer(querier) + 2;
        if (!_queriers[querier].IsSettled && !_table.Timers.IsArmed(timer))
        {
            _table.Timers.Arm(timer, now + _options.QueryResponseInterval);
        }
    }

    private IPv6Address OwnAddress(int segment, bool isIPv6) =>
        isIPv6 ? _options.Segments[segment].QuerierIPv6 : MulticastAddress.Map(_options.Segments[segment].QuerierIPv4);

    private int QuerierTimer(int querier) => SegmentTimer(querier >> 1) + (2 * _options.Ports.Count) + (querier & 1);

    /// <summary>Asks a port whether anybody still wants what somebody left (RFC 3376 section 6.6.3).</summary>
    private void AskLastMembers<TSink>(int membership, Timestamp now, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        ref Membership member = ref _table.Member(membership);
        ref readonly GroupState group = ref _table.Group(member.Group);
        SnoopingSegmentOptions segment = _options.Segments[group.Segment];
        if (!IsQuerier(group.Segment, !MulticastAddress.IsIPv4(group.Address)))
        {
            return; // Somebody else has won the election meanwhile, and asks.
        }

        bool again = false;
        if (member.QueriesLeft > 0)
        {
            again |= --member.QueriesLeft > 0;
            _counters.QueriesSent++;
            sink.Send(group.Segment, member.Port, _queries.Specific(segment, group.Address, []));
        }

        int count = 0;
        for (int at = member.FirstSource; at != None; at = _table.Source(at).Next)
        {
            ref SourceState source = ref _table.Source(at);
            if (source.QueriesLeft == 0)
            {
                continue;
            }

            again |= --source.QueriesLeft > 0;
            _asked[count++] = source.Address;
            if (count == _asked.Length)
            {
                AskSources(group, segment, member.Port, ref count, ref sink);
            }
        }

        if (count > 0)
        {
            AskSources(group, segment, member.Port, ref count, ref sink);
        }

        if (again)
        {
            _table.Timers.Arm(_table.QueryTimer(membership), now + _options.LastMemberQueryInterval);
        }
    }

    private void AskSources<TSink>(in GroupState group, SnoopingSegmentOptions segment, int port, ref int count, ref TSink sink)
        where TSink : IControlSink, allows ref struct
    {
        _counters.QueriesSent++;
        sink.Send(group.Segment, port, _queries.Specific(segment, group.Address, _asked.AsSpan(0, count)));
        count = 0;
    }
}
