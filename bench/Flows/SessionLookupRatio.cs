using Weft.Bench.Ratios;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bench.Flows;

/// <summary>
/// The same job where the table holds both directions of every flow and rte_hash one: what a translator needs beside what the
/// peer's bare table does. Keys and value of a session share a 64-byte line.
/// </summary>
public class SessionLookupRatio : IRatio
{
    private const int Batch = 32;

    private readonly FlowHandle[] _handles = new FlowHandle[Batch];
    private FlowKey4[] _inOrder = [];
    private FlowKey4[] _shuffled = [];
    private string _size = "";
    private SessionTable<FlowKey4, State>? _sessions;
    private RteHash? _peer;

    /// <inheritdoc/>
    public string Package => "Flows";

    /// <inheritdoc/>
    public string Name => $"look up a burst of 32 among {_size} sessions of two keys each and touch them";

    /// <inheritdoc/>
    public string Unit => "ns/lookup";

    /// <inheritdoc/>
    public virtual string PeerName => "DPDK rte_hash_lookup_bulk_data with one key each, then prefetch and touch a 64-byte session";

    /// <inheritdoc/>
    public virtual double Goal => 0.85;

    /// <summary>The keys in the order in which their sessions began.</summary>
    private protected ReadOnlySpan<FlowKey4> InOrder => _inOrder;

    /// <summary>The same keys in random order.</summary>
    private protected ReadOnlySpan<FlowKey4> Shuffled => _shuffled;

    /// <summary>Sessions of the full run.</summary>
    protected virtual int Sessions => 1_000_000;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _size = shortRun ? "64 k" : $"{Sessions / 1_000_000} M";
        (_inOrder, _shuffled) = FlowKeys.Make(shortRun ? 64_000 : Sessions);
        _sessions = new SessionTable<FlowKey4, State>(new FlowTableOptions { Capacity = _inOrder.Length, Seed = new HashSeed(1, 2) });
        foreach (ref readonly FlowKey4 key in _inOrder.AsSpan())
        {
            _ = _sessions.Add(in key, key.Reversed, out _);
        }
    }

    /// <inheritdoc/>
    public virtual string? SetUpPeer()
    {
        _peer = RteHash.TryCreate(_inOrder.Length, out string? whyNot);
        _ = _peer?.Insert(_inOrder);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i + Batch <= _shuffled.Length; i += Batch)
        {
            _sessions!.Find(_shuffled.AsSpan(i, Batch), _handles);
            foreach (FlowHandle handle in _handles)
            {
                if (!handle.IsNone)
                {
                    sum += ++_sessions[handle].Packets;
                }
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / _shuffled.Length, sum);
    }

    /// <inheritdoc/>
    public virtual Sample Peer() => _peer!.Lookup(_shuffled);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sessions?.Dispose();
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    private struct State
    {
        public ulong Packets;
    }
}
