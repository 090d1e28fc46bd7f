using Weft.Bench.Ratios;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Bench.Multicast;

/// <summary>
/// What replication to 16 ports costs a replica, all in: header checksum, flow lookup, generation check, replay, ring write. The peer only copies.
/// </summary>
public abstract unsafe class ReplicationRatio : IRatio
{
    private const int Ports = 16;
    private const int FullRounds = 100_000;
    private const int ShortRounds = 5_000;

    private readonly int _frameBytes;
    private readonly bool _scatter;
    private byte[] _frame = [];
    private PacketLayout _layout;
    private MulticastSwitch? _switch;
    private RingSink _sink;
    private NativePeer? _peer;
    private delegate* unmanaged<byte*, uint, uint, uint, ulong> _replicate;
    private int _rounds;

    private protected ReplicationRatio(int frameBytes, bool scatter)
    {
        _frameBytes = frameBytes;
        _scatter = scatter;
    }

    /// <inheritdoc/>
    public string Package => "Multicast";

    /// <inheritdoc/>
    public string Name => $"replicate {_frameBytes} bytes to {Ports} ports, {(_scatter ? "payload shared" : "copied whole")}";

    /// <inheritdoc/>
    public string Unit => "ns/replica";

    /// <inheritdoc/>
    public string PeerName => _scatter ? "C loop: memcpy of the head and a reference, nothing else" : "C loop: memcpy into rings, nothing else";

    /// <summary>A guard: the peer looks nothing up, asks nobody and checks nothing. What counts is <see cref="Limit"/>.</summary>
    public abstract double Goal { get; }

    /// <inheritdoc/>
    public abstract double? Limit { get; }

    /// <summary>Bytes that differ between replicas: the whole frame if it is short or copied.</summary>
    private uint Head => _scatter ? 54u : (uint)_frameBytes;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _rounds = shortRun ? ShortRounds : FullRounds;
        _switch = new MulticastSwitch(new MulticastSwitchOptions
        {
            Snooping = new SnoopingOptions
            {
                Ports = [.. Enumerable.Range(0, Ports + 1).Select(_ => new SnoopingPortOptions { MaxGroups = 16, MaxSources = 16 })],
                Segments = [new SnoopingSegmentOptions { Unregistered = UnregisteredPolicy.Flood }],
                Seed = new HashSeed(1, 2),
            },
            Segments = [new MulticastSegmentOptions { Members = [.. Enumerable.Range(0, Ports + 1).Select(port => new SegmentMember { Port = port })] }],
        });
        IPv6Address group = MulticastAddress.Parse("239.1.1.1");
        _frame = new byte[_frameBytes];
        int at = new EthernetHeader { Destination = MulticastAddress.ToMac(group), Source = new MacAddress(0x0200_0000_0001), EtherType = EtherType.IPv4 }.Write(_frame);
        _ = new IPv4Header { Protocol = IpProtocol.Udp, PayloadLength = _frameBytes - at - 20, Source = new IPv4Address(0x0A000001), Destination = MulticastAddress.ToIPv4(group) }
            .Write(_frame.AsSpan(at));
        _ = PacketLayout.TryParse(_frame, out _layout);
        _sink = new RingSink(Ports + 1, _scatter);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("replicate.c", [], [], out string whyNot);
        if (_peer is null)
        {
            return whyNot;
        }

        _replicate = (delegate* unmanaged<byte*, uint, uint, uint, ulong>)_peer.Function("peer_replicate");
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long bytes = _switch!.Counters.ReplicaBytes;
        long start = ThreadClock.Nanoseconds;
        for (int round = 0; round < _rounds; round++)
        {
            _ = _switch.Process(0, 0, _frame, _layout, replicateLocally: false, Timestamp.Zero, ref _sink);
            _sink.NextSlot();
        }

        return Measured(start, (ulong)(_switch.Counters.ReplicaBytes - bytes));
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long start = ThreadClock.Nanoseconds;
        fixed (byte* frame = _frame)
        {
            return Measured(start, _replicate(frame, (uint)_frameBytes, Head, (uint)_rounds));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _switch?.Dispose();
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    private Sample Measured(long start, ulong bytes) => new((double)(ThreadClock.Nanoseconds - start) / ((long)_rounds * Ports), bytes);
}
