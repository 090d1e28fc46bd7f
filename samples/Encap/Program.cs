using Weft.Encap;
using Weft.Packets;

// Two tunnel endpoints. In production draw the seed with HashSeed.CreateRandom().
var left = new VtepOptions
{
    Protocol = TunnelProtocol.Geneve,
    Address = VtepAddress.Parse("192.0.2.1"),
    Mac = MacAddress.Parse("02:00:00:00:00:01"),
    EntropySeed = new HashSeed(1, 2),
};
VtepOptions right = left with { Address = VtepAddress.Parse("192.0.2.2"), Mac = MacAddress.Parse("02:00:00:00:00:02") };

// The frame of a machine, with room for the outer headers in front of it.
byte[] buffer = new byte[TunnelEncapsulator.MaxHeaderBytes + 60];
Span<byte> inner = buffer.AsSpan(TunnelEncapsulator.MaxHeaderBytes);
_ = new EthernetHeader
{
    Destination = MacAddress.Parse("02:00:00:00:0a:02"),
    Source = MacAddress.Parse("02:00:00:00:0a:01"),
    EtherType = EtherType.Experimental1,
}.Write(inner);
_ = PacketLayout.TryParse(inner, out PacketLayout innerLayout);

// Out: the headers of a peer are prepared once and written in front of each frame.
var encapsulator = new TunnelEncapsulator(left);
TunnelPeer peer = encapsulator.CreatePeer(right.Address);
peer.SetNextHop(right.Mac); // a NeighborResolver finds it by ARP or neighbour discovery
int start = TunnelEncapsulator.MaxHeaderBytes - peer.HeaderBytes;
EncapVerdict sent = encapsulator.WriteHeader(buffer.AsSpan(start, peer.HeaderBytes), inner, innerLayout, peer, vni: 5001);
Span<byte> packet = buffer.AsSpan(start);
Console.WriteLine($"{sent}: {inner.Length} bytes in, {packet.Length} bytes out");
Console.WriteLine(Convert.ToHexStringLower(packet[..peer.HeaderBytes]));

// In: every header is checked, and the inner frame stays where it is.
var decapsulator = new TunnelDecapsulator(right);
_ = PacketLayout.TryParse(packet, out PacketLayout outerLayout);
DecapVerdict received = decapsulator.Decapsulate(packet, outerLayout, out DecapsulatedFrame frame);
Console.WriteLine($"{received}: VNI {frame.Vni} from {frame.Source}, inner frame at {frame.InnerOffset}, {frame.InnerLength} bytes");

// Damage has a reason and a counter.
packet[40] = packet[41] = 0xFF; // a UDP checksum that is wrong
Console.WriteLine($"{decapsulator.Decapsulate(packet, outerLayout, out _)}: {decapsulator.Counters.UdpChecksum} so far");
