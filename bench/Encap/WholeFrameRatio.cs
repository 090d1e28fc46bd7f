using Weft.Bench.Ratios;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Bench.Encap;

/// <summary>What an endpoint that knows fragments costs packets that are none: the whole of taking a frame out of Geneve, with and without.</summary>
public sealed class WholeFrameRatio : IRatio
{
    private const int Frames = 20_000;

    private TunnelDecapsulator? _knowing;
    private TunnelDecapsulator? _plain;
    private PacketLayout _layout;
    private byte[] _packet = [];

    /// <inheritdoc/>
    public string Package => "Encap";

    /// <inheritdoc/>
    public string Name => "take whole frames of 60 bytes out of Geneve where fragments are known";

    /// <inheritdoc/>
    public string Unit => "ns/frame";

    /// <inheritdoc/>
    public string PeerName => "the same where they are not";

    /// <inheritdoc/>
    public double Goal => 1.1;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        var left = new VtepOptions { Protocol = TunnelProtocol.Geneve, Address = VtepAddress.Parse("192.0.2.1"), Mac = MacAddress.Parse("02:00:00:00:00:01"), EntropySeed = new HashSeed(1, 2) };
        VtepOptions right = left with { Address = VtepAddress.Parse("192.0.2.2"), Mac = MacAddress.Parse("02:00:00:00:00:02") };
        var encapsulator = new TunnelEncapsulator(left);
        TunnelPeer peer = encapsulator.CreatePeer(right.Address);
        peer.SetNextHop(right.Mac);
        _packet = new byte[peer.HeaderBytes + 60];
        Span<byte> inner = _packet.AsSpan(peer.HeaderBytes);
        _ = new EthernetHeader { Destination = right.Mac, Source = left.Mac, EtherType = EtherType.IPv4 }.Write(inner);
        _ = new IPv4Header { PayloadLength = 26, Protocol = IpProtocol.Udp, Source = new IPv4Address(0x0A000001), Destination = new IPv4Address(0x0A000002) }.Write(inner[14..]);
        _ = PacketLayout.TryParse(inner, out PacketLayout innerLayout);
        _ = encapsulator.WriteHeader(_packet.AsSpan(0, peer.HeaderBytes), inner, innerLayout, peer, 5001);
        _ = PacketLayout.TryParse(_packet, out _layout);
        (_knowing, _plain) = (new TunnelDecapsulator(right with { Fragmentation = new TunnelFragmentation() }), new TunnelDecapsulator(right));
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours() => Run(_knowing!);

    /// <inheritdoc/>
    public Sample Peer() => Run(_plain!);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private Sample Run(TunnelDecapsulator decapsulator)
    {
        ulong taken = 0;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i < Frames; i++)
        {
            taken += decapsulator.Decapsulate(_packet, _layout, out _) == DecapVerdict.Decapsulated ? 1UL : 0;
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / Frames, taken);
    }
}
