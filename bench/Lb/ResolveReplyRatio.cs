using Weft.Bench.Flows;
using Weft.Bench.Ratios;
using Weft.Flows;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Bench.Lb;

/// <summary>Finding and refreshing the load balancers of a burst of replies, beside the lookup and touch of a bare hash table.</summary>
public sealed class ResolveReplyRatio : IRatio
{
    private const int Batch = 32;

    private readonly LbId[] _lbs = new LbId[Batch];
    private FlowKey4[] _inOrder = [];
    private FlowKey4[] _shuffled = [];
    private FlowKey4[] _replies = [];
    private string _size = "";
    private ulong _passes;
    private ReturnPathTable? _table;
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
        (_inOrder, _shuffled) = FlowKeys.Make(shortRun ? 64_000 : 1_000_000);
        _replies = [.. _shuffled.Select(key => key.Reversed)];
        _table = new ReturnPathTable(new ReturnPathOptions { Seed = new HashSeed(1, 2), IPv4Flows = _inOrder.Length, IPv6Flows = 16 });
        _ = _table.TryAddLb(new LbIdentity { Mac = new MacAddress(0x0200_0000_0001) }, out LbId lb);
        byte[] frame = new byte[14 + 20 + 20];
        _ = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(frame);
        foreach (FlowKey4 key in _inOrder)
        {
            _ = new IPv4Header { Source = key.Source, Destination = key.Destination, Protocol = key.Protocol, PayloadLength = 20 }.Write(frame.AsSpan(14));
            _ = new TcpHeader { SourcePort = key.SourcePort, DestinationPort = key.DestinationPort, Flags = TcpFlags.Ack }.Write(frame.AsSpan(34));
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            _ = _table.ObserveForward(frame, in layout, key.Scope, lb, default);
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = RteHash.TryCreate(_inOrder.Length, out string? whyNot);
        _ = _peer?.Insert(_inOrder);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long before = _table!.Counters.Redirected;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i + Batch <= _replies.Length; i += Batch)
        {
            _table.ResolveReplies(_replies.AsSpan(i, Batch), _lbs, default);
        }

        // The peer adds up the packets that each flow has had; so many passes, so many packets.
        double cost = (double)(ThreadClock.Nanoseconds - start) / _replies.Length;
        return new Sample(cost, (ulong)(_table.Counters.Redirected - before) * ++_passes);
    }

    /// <inheritdoc/>
    public Sample Peer() => _peer!.Lookup(_shuffled);

    /// <inheritdoc/>
    public void Dispose()
    {
        _table?.Dispose();
        _peer?.Dispose();
    }
}
