using Weft.Packets;

namespace Weft.Multicast;

/// <content>What each message does.</content>
public sealed partial class MulticastSnooper
{
    private const byte RouterAdvertisementIgmp = 0x30; // RFC 4286 section 3.1

    private SnoopResult OnIgmp(int segment, int port, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        MulticastDropReason fault = ControlCheck.CheckIgmp(frame, layout, _options.Strictness, out IgmpView message, out IPv6Address source);
        if (fault != MulticastDropReason.None)
        {
            return Reject(fault);
        }

        MacAddress host = MacAddress.Read(frame[(layout.L2Offset + MacAddress.Length)..]);
        IPv6Address group = MulticastAddress.Map(message.Group);
        switch (message.Type)
        {
            case IgmpType.MembershipQuery:
                bool isGeneral = message.Group == default;
                int sources = CopySources(message, out bool tooMany);
                TimeSpan response = TimeSpan.FromMilliseconds(100.0 * message.MaxResponseTenths);
                return OnQuery(segment, port, source, isGeneral, group, _sources.AsSpan(0, tooMany ? 0 : sources), message.SuppressRouterProcessing, message.Version < 3, response, now);
            case IgmpType.ReportV1 or IgmpType.ReportV2:
                OnRecord(segment, port, host, group, GroupRecordType.ModeIsExclude, 0, false, message.Version, now);
                return Reported(segment);
            case IgmpType.LeaveGroup:
                OnRecord(segment, port, host, group, GroupRecordType.ChangeToInclude, 0, false, version: 2, now);
                return Reported(segment);
            case IgmpType.ReportV3:
                foreach (GroupRecord<IPv4Address> record in message.Records)
                {
                    int count = CopySources(record, out bool overflow);
                    OnRecord(segment, port, host, MulticastAddress.Map(record.Group), record.Type, count, overflow, version: 3, now);
                }

                return Reported(segment);
            default:
                if ((byte)message.Type == RouterAdvertisementIgmp && _options.Ports[port].AcceptQueries)
                {
                    LearnRouter(segment, port, isIPv6: false, now);
                }

                _counters.UnknownTypes++;
                return SnoopResult.Flood;
        }
    }

    private SnoopResult OnMld(int segment, int port, ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now)
    {
        MulticastDropReason fault = ControlCheck.CheckMld(frame, layout, _options.Strictness, out MldView message, out IPv6Address source);
        if (fault != MulticastDropReason.None)
        {
            return Reject(fault);
        }

        MacAddress host = MacAddress.Read(frame[(layout.L2Offset + MacAddress.Length)..]);
        switch (message.Type)
        {
            case IcmpV6Type.MulticastListenerQuery:
                bool isGeneral = message.Group == default;
                int sources = CopySources(message, out bool tooMany);
                TimeSpan response = TimeSpan.FromMilliseconds(message.MaxResponseMilliseconds);
                return OnQuery(segment, port, source, isGeneral, message.Group, _sources.AsSpan(0, tooMany ? 0 : sources), message.SuppressRouterProcessing, message.Version < 2, response, now);
            case IcmpV6Type.MulticastListenerReport:
                OnRecord(segment, port, host, message.Group, GroupRecordType.ModeIsExclude, 0, false, version: 2, now);
                break;
            case IcmpV6Type.MulticastListenerDone:
                OnRecord(segment, port, host, message.Group, GroupRecordType.ChangeToInclude, 0, false, version: 2, now);
                break;
            default:
                foreach (GroupRecord<IPv6Address> record in message.Records)
                {
                    int count = CopySources(record, out bool overflow);
                    OnRecord(segment, port, host, record.Group, record.Type, count, overflow, version: 3, now);
                }

                break;
        }

        return Reported(segment);
    }

    private SnoopResult OnQuery(
        int segment, int port, IPv6Address source, bool isGeneral, IPv6Address group, ReadOnlySpan<IPv6Address> sources, bool suppress, bool isOlder, TimeSpan response, Timestamp now)
    {
        if (!_options.Ports[port].AcceptQueries)
        {
            return Reject(MulticastDropReason.GuardedQuery);
        }

        _counters.Queries++;
        bool isIPv6 = !MulticastAddress.IsIPv4(source);
        if (source == MulticastAddress.Map(IPv4Address.Any))
        {
            return SnoopResult.Flood; // A proxy's: no router is there, and it takes no part in the election (RFC 4541 section 2.1.1 (1b)).
        }

        LearnRouter(segment, port, isIPv6, now);
        _queriers[Querier(segment, isIPv6)].IsOlder = isOlder;
        _proxy?.Asked(segment, isIPv6, isGeneral ? null : group, response, now);
        Elect(segment, isIPv6, source, now);
        if (!isGeneral && !suppress && _queriers[Querier(segment, isIPv6)].IsOtherPresent)
        {
            LowerTimers(segment, group, sources, now + (_options.Robustness * response));
        }

        return SnoopResult.Flood;
    }

    /// <summary>Ends a wait for somebody's answer early, as the querier does that asked (RFC 3376 section 6.6.1).</summary>
    private void LowerTimers(int segment, IPv6Address group, ReadOnlySpan<IPv6Address> sources, Timestamp deadline)
    {
        int found = _table.FindGroup(segment, group);
        for (int at = found == None ? None : _table.Group(found).FirstMembership; at != None; at = _table.Member(at).Next)
        {
            if (sources.IsEmpty)
            {
                _filters.LowerGroup(at, deadline);
            }

            foreach (IPv6Address address in sources)
            {
                int source = _table.FindSource(at, address);
                if (source != None)
                {
                    _filters.LowerSource(source, deadline);
                }
            }
        }
    }

    private void OnRecord(
        int segment, int port, MacAddress host, IPv6Address group, GroupRecordType type, int sourceCount, bool overflow, int version, Timestamp now)
    {
        if (type is < GroupRecordType.ModeIsInclude or > GroupRecordType.BlockOldSources)
        {
            _counters.UnknownRecords++;
            return;
        }

        if (!MulticastAddress.IsTrackable(group))
        {
            _counters.IgnoredGroups++;
            return;
        }

        bool toExclude = type is GroupRecordType.ModeIsExclude or GroupRecordType.ChangeToExclude;
        if (toExclude && MulticastAddress.IsSourceSpecific(group))
        {
            _counters.IgnoredAnySource++;
            return;
        }

        ReadOnlySpan<IPv6Address> sources = _sources.AsSpan(0, sourceCount);
        int membership = _table.FindMembership(_table.FindGroup(segment, group), port);
        bool isLeave = type == GroupRecordType.ChangeToInclude && sources.IsEmpty && !overflow;
        if (membership != None)
        {
            ref readonly Membership member = ref _table.Member(membership);
            bool version1 = member.Version1Until > now;
            bool older = version1 || member.Version2Until > now;
            if ((version1 && isLeave) || (older && type == GroupRecordType.BlockOldSources))
            {
                return; // Older hosts do not say what they stop to want (RFC 3376 section 7.3.2).
            }

            if (older && type == GroupRecordType.ChangeToExclude)
            {
                sources = [];
                overflow = false;
            }

            if (isLeave && LeavesAtOnce(membership, host, now))
            {
                _counters.FastLeaves++;
                _table.RemoveMembership(membership);
                return;
            }
        }

        bool asksAgain = IsQuerier(segment, !MulticastAddress.IsIPv4(group));
        FilterMachine.Outcome outcome = _filters.Apply(segment, port, group, type, sources, overflow, asksAgain, now, out membership);
        _counters.GroupLimit += outcome == FilterMachine.Outcome.GroupLimit ? 1 : 0;
        _counters.SourceLimit += outcome == FilterMachine.Outcome.SourceLimit ? 1 : 0;
        if (membership != None && !isLeave)
        {
            Remember(membership, host, version, now);
        }
    }

    /// <summary>Notes the version of a host and, where the port tracks them, the host.</summary>
    private void Remember(int membership, MacAddress host, int version, Timestamp now)
    {
        ref Membership member = ref _table.Member(membership);
        Timestamp until = now + _options.GroupMembershipInterval;
        if (version < 3)
        {
            ref Timestamp older = ref version == 1 ? ref member.Version1Until : ref member.Version2Until;
            older = until;
            member.IsTrackingIncomplete = true; // Older hosts keep quiet when another one reports.
        }

        if (_options.Ports[member.Port].FastLeave != FastLeave.WhenTracked || member.IsTrackingIncomplete)
        {
            return;
        }

        _ = ForgetHost(ref member, host, now);
        if (member.HostCount == HostList.Capacity)
        {
            member.IsTrackingIncomplete = true;
            return;
        }

        member.Hosts[member.HostCount++] = new TrackedHost { Mac = host, Until = until };
    }

    private bool LeavesAtOnce(int membership, MacAddress host, Timestamp now)
    {
        ref Membership member = ref _table.Member(membership);
        return _options.Ports[member.Port].FastLeave switch
        {
            FastLeave.SingleHost => true,
            FastLeave.WhenTracked => ForgetHost(ref member, host, now) && member.HostCount == 0 && !member.IsTrackingIncomplete,
            _ => false,
        };
    }

    /// <summary>Takes a host out of the list, and those that were not heard for too long; true if it was in it.</summary>
    private static bool ForgetHost(ref Membership member, MacAddress host, Timestamp now)
    {
        bool found = false;
        for (int at = member.HostCount - 1; at >= 0; at--)
        {
            bool same = member.Hosts[at].Mac == host;
            if (same || member.Hosts[at].Until <= now)
            {
                found |= same;
                member.Hosts[at] = member.Hosts[--member.HostCount];
            }
        }

        return found;
    }

    private SnoopResult Reported(int segment)
    {
        _counters.Reports++;
        return _options.Segments[segment].ProxyReporting ? SnoopResult.Kept : SnoopResult.ToRouterPorts;
    }

    private SnoopResult Reject(MulticastDropReason fault)
    {
        LastDrop = fault;
        ref long counter = ref _counters.Malformed;
        switch (fault)
        {
            case MulticastDropReason.Checksum:
                counter = ref _counters.BadChecksum;
                break;
            case MulticastDropReason.TimeToLive:
                counter = ref _counters.BadTtl;
                break;
            case MulticastDropReason.RouterAlert:
                counter = ref _counters.NoRouterAlert;
                break;
            case MulticastDropReason.Source:
                counter = ref _counters.BadSource;
                break;
            case MulticastDropReason.GuardedQuery:
                counter = ref _counters.GuardedQueries;
                break;
            case MulticastDropReason.RateLimited:
                counter = ref _counters.RateLimited;
                break;
            default:
                break;
        }

        counter++;
        return SnoopResult.Drop;
    }

    private int CopySources(in IgmpView message, out bool tooMany)
    {
        int count = Fit(message.SourceCount, out tooMany);
        for (int i = 0; i < count; i++)
        {
            _sources[i] = MulticastAddress.Map(message.SourceAt(i));
        }

        return count;
    }

    private int CopySources(in GroupRecord<IPv4Address> record, out bool tooMany)
    {
        int count = Fit(record.SourceCount, out tooMany);
        for (int i = 0; i < count; i++)
        {
            _sources[i] = MulticastAddress.Map(record.SourceAt(i));
        }

        return count;
    }

    private int CopySources(in MldView message, out bool tooMany)
    {
        int count = Fit(message.SourceCount, out tooMany);
        for (int i = 0; i < count; i++)
        {
            _sources[i] = message.SourceAt(i);
        }

        return count;
    }

    private int CopySources(in GroupRecord<IPv6Address> record, out bool tooMany)
    {
        int count = Fit(record.SourceCount, out tooMany);
        for (int i = 0; i < count; i++)
        {
            _sources[i] = record.SourceAt(i);
        }

        return count;
    }

    private int Fit(int sources, out bool tooMany)
    {
        tooMany = sources > _sources.Length;
        return tooMany ? 0 : sources;
    }
}
