using System.Collections.Concurrent;
using Weft.Bench.Ratios;
using Weft.Packets;

namespace Weft.Bench.Flows;

/// <summary>The same beside what one would write first in .NET: a dictionary that has both directions of every session.</summary>
public sealed class SessionDictionaryRatio : SessionLookupRatio
{
    private readonly ConcurrentDictionary<FlowKey4, Counted> _dictionary = new();

    /// <inheritdoc/>
    public override string PeerName => "ConcurrentDictionary<FlowKey4, object> with both keys, one by one, and touch of the object";

    /// <inheritdoc/>
    public override double Goal => 0.25;

    /// <inheritdoc/>
    public override string? SetUpPeer()
    {
        foreach (ref readonly FlowKey4 key in InOrder)
        {
            var session = new Counted();
            _dictionary[key] = session;
            _dictionary[key.Reversed] = session;
        }

        return null;
    }

    /// <inheritdoc/>
    public override Sample Peer()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        foreach (ref readonly FlowKey4 key in Shuffled)
        {
            if (_dictionary.TryGetValue(key, out Counted? session))
            {
                sum += ++session.Packets;
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / Shuffled.Length, sum);
    }

    private sealed class Counted
    {
        public ulong Packets { get; set; }
    }
}
