using Weft.Flows;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Counts matches for <c>threshold</c>, <c>detection_filter</c> and <c>rate_filter</c>.</summary>
internal sealed class ThresholdTable(int capacity, HashSeed seed) : IDisposable
{
    // What a rate filter counts is kept apart from what a threshold of the same rule counts.
    private const ulong RateFilterBit = 1UL << 63;

    private readonly FlowTable<Key, State> _table = new(new FlowTableOptions { Capacity = capacity, Seed = seed, WhenFull = FlowFullPolicy.EvictIdle });

    /// <summary>Counts one match.</summary>
    /// <returns>True if it becomes an alert. A match that cannot be counted does.</returns>
    public bool Count(Rule rule, ThresholdOptions options, in PacketFacts packet, ulong flow, Timestamp now)
    {
        if (!TryGet(rule, options.Track, 0, in packet, flow, out FlowHandle handle))
        {
            return true;
        }

        ref State state = ref _table[handle];
        if (options.Kind == ThresholdKind.Backoff)
        {
            return CountBackoff(ref state, options);
        }

        if (state.Matches == 0 || now - new Timestamp(state.Start) >= TimeSpan.FromSeconds(options.Seconds))
        {
            state = new State { Start = now.Nanoseconds };
        }

        if (options.Unique != ThresholdUnique.None && !state.Ports.Add(options.Unique == ThresholdUnique.SourcePort ? packet.SourcePort : packet.DestinationPort))
        {
            return options.Kind == ThresholdKind.DetectionFilter && state.Matches > options.Count;
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

    /// <summary>Counts one match for a rate filter.</summary>
    /// <returns>True if the rule has its other action now: once so many matched in a time, for another time.</returns>
    public bool IsTooMany(Rule rule, RateFilter filter, in PacketFacts packet, ulong flow, Timestamp now)
    {
        if (!TryGet(rule, filter.Track, RateFilterBit, in packet, flow, out FlowHandle handle))
        {
            return false;
        }

        ref State state = ref _table[handle];
        if (state.Until != 0 && now.Nanoseconds <= state.Until)
        {
            return true;
        }

        if (state.Matches == 0 || state.Until != 0 || now - new Timestamp(state.Start) >= TimeSpan.FromSeconds(filter.Seconds))
        {
            state = new State { Start = now.Nanoseconds };
        }

        state.Matches++;
        if (state.Matches <= filter.Count)
        {
            return false;
        }

        state.Until = filter.Timeout == 0 ? long.MaxValue : (now + TimeSpan.FromSeconds(filter.Timeout)).Nanoseconds;
        return true;
    }

    public void Dispose() => _table.Dispose();

    private static bool CountBackoff(ref State state, ThresholdOptions options)
    {
        state.Matches++;
        state.Next = state.Next == 0 ? options.Count : state.Next;
        if (state.Matches < state.Next)
        {
            return false;
        }

        state.Next = Math.Min(state.Next, long.MaxValue / options.Multiplier) * options.Multiplier;
        return true;
    }

    private bool TryGet(Rule rule, ThresholdTrack track, ulong kind, in PacketFacts packet, ulong flow, out FlowHandle handle)
    {
        bool isOrdered = packet.Source <= packet.Destination;
        (IPv6Address source, IPv6Address destination) = track switch
        {
            ThresholdTrack.Source => (packet.Source, default(IPv6Address)),
            ThresholdTrack.Destination => (default, packet.Destination),
            ThresholdTrack.Both => isOrdered ? (packet.Source, packet.Destination) : (packet.Destination, packet.Source),
            ThresholdTrack.Flow => (new IPv6Address(flow, 1), default),
            _ => (default, default),
        };
        var key = new Key(source, destination, (ulong)rule.Gid << 32 | rule.Sid | kind);
        return _table.Add(in key, out handle) is not (FlowAddResult.Refused or FlowAddResult.Conflict);
    }

    private readonly record struct Key(IPv6Address Source, IPv6Address Destination, ulong Rule);

    private struct State
    {
        public long Start;
        public long Matches;
        public long Next;
        public long Until;
        public SeenPorts Ports;
    }

    /// <summary>Ports seen, told apart by nine bits made of them.</summary>
    [System.Runtime.CompilerServices.InlineArray(Words)]
    private struct SeenPorts
    {
        private const int Words = 8;

        private ulong _word;

        public bool Add(ushort port)
        {
            int bit = (port ^ port >> 9) & (Words * 64 - 1);
            bool isNew = (this[bit >> 6] >> (bit & 63) & 1) == 0;
            this[bit >> 6] |= 1UL << (bit & 63);
            return isNew;
        }
    }
}
