using Weft.Bench.Ratios;

namespace Weft.Bench.Flows;

/// <summary>Filling an empty table up to its capacity. The value has 8 bytes, like the peer's.</summary>
public sealed class FlowInsertRatio : FlowRatio<ulong>
{
    /// <inheritdoc/>
    public override string Name => $"insert {Size} flows, value of 8 bytes";

    /// <inheritdoc/>
    public override string Unit => "ns/insert";

    /// <inheritdoc/>
    public override string PeerName => "DPDK rte_hash_add_key_data";

    /// <inheritdoc/>
    public override double Goal => 1.0;

    /// <inheritdoc/>
    public override Sample Ours()
    {
        Table.Clear();
        long start = ThreadClock.Nanoseconds;
        ulong added = Insert();
        return Measured(start, InOrder.Length, added);
    }

    /// <inheritdoc/>
    public override Sample Peer()
    {
        RteHash.Clear();
        return RteHash.Insert(InOrder);
    }
}
