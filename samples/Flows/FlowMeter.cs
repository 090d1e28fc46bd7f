using Weft.Flows;
using Weft.Packets;

namespace Weft.Samples.Flows;

/// <summary>Counts packets and bytes of each flow, forgets flows that fell silent, and lets each flow send at a limited rate.</summary>
public sealed class FlowMeter(int capacity, TimeSpan idle, long bytesPerSecond) : IDisposable
{
    private readonly FlowTable<FlowKey4, Flow> _flows = new(new FlowTableOptions { Capacity = capacity, Seed = HashSeed.CreateRandom() });
    private readonly TimerWheel _timers = new(new TimerWheelOptions { Capacity = capacity, Resolution = TimeSpan.FromMilliseconds(100) });
    private readonly FlowHandle[] _owners = new FlowHandle[capacity]; // whose timer it is, by the flow's place
    private readonly FlowHandle[] _burst = new FlowHandle[32];
    private readonly int[] _expired = new int[32];

    public ref readonly FlowTableCounters Counters => ref _flows.Counters;

    /// <summary>Handles a burst of packets of up to 32 flows; says which of them may pass.</summary>
    public void Observe(ReadOnlySpan<FlowKey4> keys, ReadOnlySpan<int> bytes, Timestamp now, Span<bool> pass)
    {
        _flows.Find(keys, _burst);
        for (int i = 0; i < keys.Length; i++)
        {
            FlowHandle handle = _burst[i].IsNone ? Begin(keys[i], now) : _burst[i];
            if (handle.IsNone)
            {
                pass[i] = true; // the table is full: an unmetered flow is better than a lost one
                continue;
            }

            ref Flow flow = ref _flows[handle];
            flow.Packets++;
            flow.Bytes += bytes[i];
            flow.LastSeen = now;
            pass[i] = flow.Limit.TryTake(now, bytes[i]);
        }
    }

    /// <summary>Ends flows that have been silent for long enough; at most 32 timers a call.</summary>
    public void Age(Timestamp now)
    {
        int fired = _timers.Advance(now, _expired, budget: 64);
        foreach (int timer in _expired.AsSpan(0, fired))
        {
            ref Flow flow = ref _flows[_owners[timer]];
            if (flow.LastSeen + idle > now)
            {
                _timers.Arm(timer, flow.LastSeen + idle); // it was seen since: one re-arm for all its packets
                continue;
            }

            Console.WriteLine($"{now} s: {_flows.KeyOf(_owners[timer])} ended, {flow.Packets} packets, {flow.Bytes} bytes");
            _flows.Remove(_owners[timer]);
        }
    }

    public void Dispose() => _flows.Dispose();

    private FlowHandle Begin(in FlowKey4 key, Timestamp now)
    {
        // A burst can hold two packets of a new flow; then the second one finds what the first one added.
        if (_flows.Add(key, out FlowHandle handle) == FlowAddResult.Added)
        {
            _flows[handle].Limit = new TokenBucket(bytesPerSecond, burst: 3000, now);
            _owners[handle.Index] = handle;
            _timers.Arm(handle.Index, now + idle);
        }

        return handle;
    }

    /// <summary>What every packet touches comes first.</summary>
    private struct Flow
    {
        public long Packets;
        public long Bytes;
        public Timestamp LastSeen;
        public TokenBucket Limit;
    }
}
