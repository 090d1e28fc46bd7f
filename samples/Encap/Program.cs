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


// Encrypted: an association of the peer's whose packets land on receive queue 3 of its adapter.
var receiver = new RssReceiver(ToeplitzKey.Microsoft, RssIndirectionTable.RoundRobin(entries: 128, queues: 8));
_ = receiver.TrySolve(left.Address, right.Address, EspHeader.UdpPort, queue: 3, salt: 0, out ushort port);
var keys = new EspSaOptions
{
    Spi = 0x1000,
    Algorithm = AeadAlgorithm.Aes128Gcm,
    KeyMaterial = new byte[20], // key and salt; from IKE or a file, never zero
    ExtendedSequence = true,
    Udp = new EspUdpPorts(port),
};
using var outbound = new EspOutboundSa(keys);
using var inbound = new EspInboundSa(keys);

// Seal: in place, with room in front and behind.
packet[40] = packet[41] = 0; // the checksum is right again: none
byte[] room = [.. new byte[EspSealer.MaxTransportHeadroom], .. packet, .. new byte[EspSealer.MaxTailroom]];
(int offset, int length) = (EspSealer.MaxTransportHeadroom, packet.Length);
EspStatus seal = EspSealer.SealTransport(outbound, room, ref offset, ref length, outerLayout);
Span<byte> esp = room.AsSpan(offset, length);
_ = PacketLayout.TryParse(esp, out PacketLayout espLayout);
Console.WriteLine($"{seal} by {outbound.Provider}: {packet.Length} bytes become {length}, from port {port} to queue {receiver.QueueOf(esp, espLayout)}");

// Open: the association is found by its SPI; what comes out is the packet of the tunnel.
var database = new SecurityAssociationDatabase(capacity: 16, new HashSeed(3, 4));
_ = database.TryAdd(inbound);
var opener = new EspOpener(database);
byte[] replay = [.. esp];
EspStatus open = opener.Open(esp, espLayout, out OpenedFrame opened);
Console.WriteLine($"{open}: sequence number {opened.Sequence}, the same bytes: {esp.Slice(opened.Offset, opened.Length).SequenceEqual(packet)}");
Console.WriteLine($"once more: {opener.Open(replay, espLayout, out _)}");
