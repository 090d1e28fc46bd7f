using Weft.Bench.Ratios;
using Weft.Packets;

namespace Weft.Bench.Flows;

/// <summary>Emptying a full table key by key, in random order. The value has 8 bytes, like the peer's.</summary>
public sealed class FlowDeleteRatio : FlowRatio<ulong>
{
    /// <inheritdoc/>
    public override string Name => $"delete {Size} flows in random order, value of 8 bytes";

    /// <inheritdoc/>
    public override string Unit => "ns/delete";

    /// <inheritdoc/>
    public override string PeerName => "DPDK rte_hash_del_key";

    /// <inheritdoc/>
    public override double Goal => 1.0;

    /// <inheritdoc/>
    public override Sample Ours()
    {
        _ = Insert();
        ulong removed = 0;
        long start = ThreadClock.Nanoseconds;
        foreach (ref readonly FlowKey4 key in Shuffled.AsSpan())
        {
            removed += Table.Remove(in key) ? 1u : 0;
        }

        return Measured(start, Shuffled.Length, removed);
    }

    /// <inheritdoc/>
    public override Sample Peer()
    {
        _ = RteHash.Insert(InOrder);
        return RteHash.Delete(Shuffled);
    }
}
