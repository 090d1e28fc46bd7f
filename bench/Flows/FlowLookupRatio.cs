using Weft.Bench.Ratios;
using Weft.Flows;

namespace Weft.Bench.Flows;

/// <summary>The per-packet job of a stateful engine: find the flows of a burst and count a packet in each.</summary>
public sealed class FlowLookupRatio : FlowRatio<Session>
{
    private const int Batch = 32;

    private readonly FlowHandle[] _handles = new FlowHandle[Batch];

    /// <inheritdoc/>
    public override string Name => $"look up a burst of 32 among {Size} flows and touch a 64-byte session each";

    /// <inheritdoc/>
    public override string Unit => "ns/lookup";

    /// <inheritdoc/>
    public override string PeerName => "DPDK rte_hash_lookup_bulk_data, then prefetch and touch a 64-byte session";

    /// <inheritdoc/>
    public override double Goal => 0.85;

    /// <inheritdoc/>
    public override void SetUp(bool shortRun)
    {
        base.SetUp(shortRun);
        _ = Insert();
    }

    /// <inheritdoc/>
    public override string? SetUpPeer()
    {
        string? whyNot = base.SetUpPeer();
        if (whyNot is null)
        {
            _ = RteHash.Insert(InOrder);
        }

        return whyNot;
    }

    /// <inheritdoc/>
    public override Sample Ours()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i + Batch <= Shuffled.Length; i += Batch)
        {
            Table.Find(Shuffled.AsSpan(i, Batch), _handles);
            foreach (FlowHandle handle in _handles)
            {
                if (!handle.IsNone)
                {
                    sum += ++Table[handle].Packets;
                }
            }
        }

        return Measured(start, Shuffled.Length, sum);
    }

    /// <inheritdoc/>
    public override Sample Peer() => RteHash.Lookup(Shuffled);
}
