using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

[Trait(Kind.Key, Kind.Alloc)]
public sealed class TunnelAllocationTests
{
    private const int Packets = 100_000;

    [Fact]
    public void Encapsulation_and_decapsulation_allocate_nothing()
    {
        VtepOptions sender = TunnelVectors.OvsSender(TunnelProtocol.Geneve) with { Checksum = OuterChecksum.Always };
        VtepOptions receiver = TunnelVectors.OvsReceiver(TunnelProtocol.Geneve);
        var encapsulator = new TunnelEncapsulator(sender);
        var decapsulator = new TunnelDecapsulator(receiver);
        TunnelPeer peer = encapsulator.CreatePeer(receiver.Address);
        peer.SetNextHop(receiver.Mac);
        byte[] inner = TunnelVectors.Bytes(TunnelVectors.OvsInner);
        byte[] frame = new byte[peer.HeaderBytes + inner.Length];
        inner.CopyTo(frame, peer.HeaderBytes);
        _ = PacketLayout.TryParse(inner, out PacketLayout layout);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int packet = 0; packet < Packets; packet++)
            {
                _ = encapsulator.WriteHeader(frame.AsSpan(0, peer.HeaderBytes), inner, layout, peer, (uint)packet);
                _ = PacketLayout.TryParse(frame, out PacketLayout outer);
                _ = decapsulator.Decapsulate(frame, outer, out _);
            }
        }));
        Assert.Equal(2 * Packets, decapsulator.Counters.Decapsulated);
    }

    [Fact]
    public void Neighbour_resolution_allocates_nothing_not_even_when_nobody_answers()
    {
        var resolver = new NeighborResolver(new NeighborResolverOptions { Address = VtepAddress.Parse("192.0.2.1"), Mac = MacAddress.Parse("02:00:00:00:00:01") });
        int neighbor = resolver.Track(VtepAddress.Parse("192.0.2.2"));
        long millisecond = 0;

        Assert.Equal(0, Allocations.Of(() =>
        {
            var sink = default(CountingSink);
            for (int step = 0; step < Packets; step++)
            {
                Timestamp now = Timestamp.FromMilliseconds(millisecond += 100);
                _ = resolver.TryResolve(neighbor, now, ref sink, out _);
                resolver.Advance(now, ref sink);
            }
        }));
        Assert.True(resolver.Counters.Failed > 10);
    }

    private struct CountingSink : IFrameSink
    {
        public int Frames;

        public void Send(ReadOnlySpan<byte> frame) => Frames++;
    }
}
