using Weft.Flows;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Counts matches for <c>threshold</c> and <c>detection_filter</c>.</summary>
internal sealed class ThresholdTable(int capacity, HashSeed seed) : IDisposable
{
    private readonly FlowTable<Key, State> _table = new(new FlowTableOptions { Capacity = capacity, Seed = seed, WhenFull = FlowFullPolicy.EvictIdle });

    /// <summary>Counts one match.</summary>
    /// <returns>True if it becomes an alert. A match that cannot be counted does.</returns>
    public bool Count(Rule rule, ThresholdOptions options, in PacketFacts packet, Timestamp now)
    {
        var key = new Key(
            options.Track is ThresholdTrack.Source or ThresholdTrack.Both ? packet.Source : default,
            options.Track is ThresholdTrack.Destination or ThresholdTrack.Both ? packet.Destination : default,
            (ulong)rule.Gid << 32 | rule.Sid);
        FlowAddResult result = _table.Add(in key, out FlowHandle handle);
        if (result is FlowAddResult.Refused or FlowAddResult.Conflict)
        {
            return true;
        }

        ref State state = ref _table[handle];
        if (state.Matches == 0 || now - new Timestamp(state.Start) >= TimeSpan.FromSeconds(options.Seconds))
        {
            state.Start = now.Nanoseconds;
            state.Matches = 0;
        }

        state.Matches++;
        switch (options.Kind)
        {
            case ThresholdKind.Limit:
                return state.Matches <= options.Count;
            case ThresholdKind.Both:
                return state.Matches == options.Count;
            case ThresholdKind.DetectionFilter:
                return state.Matches > options.Count;
            default:
                bool isDue = state.Matches >= options.Count;
                state.Matches = isDue ? 0 : state.Matches;
                return isDue;
        }
    }

    public void Dispose() => _table.Dispose();

    private readonly record struct Key(IPv6Address Source, IPv6Address Destination, ulong Rule);

    private struct State
    {
        public long Start;
        public long Matches;
    }
}
