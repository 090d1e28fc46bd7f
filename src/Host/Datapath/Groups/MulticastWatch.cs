using Weft.Host.Observe;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Datapath.Groups;

/// <summary>Looks now and then at what the engine decided, and publishes what a person would want to know.</summary>
internal sealed class MulticastWatch(MulticastPlaces places, MulticastSnooper snooper, EventLog events)
{
    private static readonly TimeSpan LimitInterval = TimeSpan.FromSeconds(1);

    private readonly bool[] _asked = new bool[2 * places.Segments.Count];
    private Timestamp _nextLimit = new(long.MinValue);
    private long _joins;
    private long _filters;

    /// <summary>A new configuration went on with what the old one had said already.</summary>
    public void TakeAsSeen()
    {
        for (int family = 0; family < _asked.Length; family++)
        {
            _asked[family] = snooper.IsQuerier(family >> 1, isIPv6: (family & 1) != 0);
        }

        (_joins, _filters) = (snooper.Counters.GroupLimit, snooper.Counters.SourceLimit);
    }

    /// <summary>Publishes what has changed since the last look.</summary>
    public void Advance(Timestamp now)
    {
        for (int family = 0; family < _asked.Length; family++)
        {
            bool asks = snooper.IsQuerier(family >> 1, isIPv6: (family & 1) != 0);
            if (asks != _asked[family])
            {
                _asked[family] = asks;
                string segment = places.Topology.Plan.Segments[places.Segments[family >> 1]].Name;
                events.Publish(now, MulticastEventTypes.QuerierChanged, segment, (family & 1) != 0 ? "ipv6" : "ipv4", asks ? "yes" : "no");
            }
        }

        (long joins, long filters) = (snooper.Counters.GroupLimit, snooper.Counters.SourceLimit);
        if (now >= _nextLimit && (joins > _joins || filters > _filters))
        {
            events.Publish(now, MulticastEventTypes.LimitReached, "", joins - _joins, filters - _filters);
            (_joins, _filters, _nextLimit) = (joins, filters, now + LimitInterval);
        }
    }
}
