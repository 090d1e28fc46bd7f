using Weft.Bench.Flows;
using Weft.Bench.Ratios;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Bench.Lb;

/// <summary>Finding and refreshing the load balancers of a burst of replies, beside the lookup and touch of a bare hash table.</summary>
public sealed class ResolveReplyRatio : IRatio
{
    private const int Batch = 32;

    private readonly LbId[] _lbs = new LbId[Batch];
    private FlowKey4[] _replies = [];
    private string _size = "";
    private ulong _passes;
    private ReturnPathBed? _bed;
    private RteHash? _peer;

    /// <inheritdoc/>
    public string Package => "Lb";

    /// <inheritdoc/>
    public string Name => $"find the load balancers of a burst of 32 replies among {_size} flows";

    /// <inheritdoc/>
    public string Unit => "ns/reply";

    /// <inheritdoc/>
    public string PeerName => "DPDK rte_hash_lookup_bulk_data, then prefetch and touch a 64-byte session";

    /// <inheritdoc/>
    public double Goal => 0.8;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _size = shortRun ? "64 k" : "1 M";
        _bed = new ReturnPathBed(shortRun ? 64_000 : 1_000_000);
        _replies = [.. _bed.Shuffled.Select(key => key.Reversed)];
        _ = _bed.Table.TryAddLb(ReturnPathBed.Identity(0), out LbId lb);
        _ = _bed.Learn(_bed.Keys, lb);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = RteHash.TryCreate(_bed!.Keys.Length, out string? whyNot);
        _ = _peer?.Insert(_bed.Keys);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        ReturnPathTable table = _bed!.Table;
        long before = table.Counters.Redirected;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i + Batch <= _replies.Length; i += Batch)
        {
            table.ResolveReplies(_replies.AsSpan(i, Batch), _lbs, default);
        }

        // The peer adds up the packets that each flow has had; so many passes, so many packets.
        double cost = (double)(ThreadClock.Nanoseconds - start) / _replies.Length;
        return new Sample(cost, (ulong)(table.Counters.Redirected - before) * ++_passes);
    }

    /// <inheritdoc/>
    public Sample Peer() => _peer!.Lookup(_bed!.Shuffled);

    /// <inheritdoc/>
    public void Dispose()
    {
        _bed?.Dispose();
        _peer?.Dispose();
    }
}
