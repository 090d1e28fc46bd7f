using Weft.Bench.Ratios;

namespace Weft.Bench.Flows;

/// <summary>Filling an empty table up to its capacity. Each flow begins with a session of 64 zeros.</summary>
public sealed class FlowInsertSessionRatio : FlowRatio<Session>
{
    /// <inheritdoc/>
    public override string Name => $"insert {Size} flows with a zeroed 64-byte session each";

    /// <inheritdoc/>
    public override string Unit => "ns/insert";

    /// <inheritdoc/>
    public override string PeerName => "DPDK rte_hash_add_key_data, then memset of a 64-byte session";

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
        return RteHash.InsertSessions(InOrder);
    }
}
