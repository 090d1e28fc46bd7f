using Weft.Bench.Ratios;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bench.Flows;

/// <summary>What the ratios of flow tables share: the same keys in our table and in rte_hash.</summary>
/// <typeparam name="TValue">What our table remembers of a flow.</typeparam>
public abstract class FlowRatio<TValue> : IRatio
    where TValue : unmanaged
{
    /// <summary>Flows of the full run; a multiple of the batch.</summary>
    private const int Flows = 1_000_000;

    private const int ShortFlows = 64_000;

    private bool _short;
    private RteHash? _peer;
    private FlowTable<FlowKey4, TValue>? _table;

    /// <inheritdoc/>
    public string Package => "Flows";

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract string Unit { get; }

    /// <inheritdoc/>
    public abstract string PeerName { get; }

    /// <inheritdoc/>
    public abstract double Goal { get; }

    /// <summary>How many flows there are, for the name.</summary>
    private protected string Size => _short ? "64 k" : "1 M";

    /// <summary>The keys in the order in which the flows begin.</summary>
    private protected FlowKey4[] InOrder { get; private set; } = [];

    /// <summary>The same keys in random order.</summary>
    private protected FlowKey4[] Shuffled { get; private set; } = [];

    private protected FlowTable<FlowKey4, TValue> Table => _table!;

    private protected RteHash RteHash => _peer!;

    /// <inheritdoc/>
    public virtual void SetUp(bool shortRun)
    {
        _short = shortRun;
        (InOrder, Shuffled) = FlowKeys.Make(shortRun ? ShortFlows : Flows);
        _table = new FlowTable<FlowKey4, TValue>(new FlowTableOptions { Capacity = InOrder.Length, Seed = new HashSeed(1, 2) });
    }

    /// <inheritdoc/>
    public virtual string? SetUpPeer()
    {
        _peer = RteHash.TryCreate(InOrder.Length, out string? whyNot);
        return whyNot;
    }

    /// <inheritdoc/>
    public abstract Sample Ours();

    /// <inheritdoc/>
    public abstract Sample Peer();

    /// <inheritdoc/>
    public void Dispose()
    {
        _table?.Dispose();
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ulong Insert()
    {
        ulong added = 0;
        foreach (ref readonly FlowKey4 key in InOrder.AsSpan())
        {
            added += Table.Add(in key, out _) == FlowAddResult.Added ? 1u : 0;
        }

        return added;
    }

    private protected static Sample Measured(long start, int operations, ulong result) =>
        new((double)(ThreadClock.Nanoseconds - start) / operations, result);
}
