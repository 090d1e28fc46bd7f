using Weft.Packets;

// Write a UDP datagram over IPv4, header by header, into one buffer.
byte[] frame = new byte[60];
ReadOnlySpan<byte> payload = "hello"u8;
IPv4Address source = IPv4Address.Parse("192.0.2.1");
IPv4Address destination = IPv4Address.Parse("198.51.100.7");

int at = new EthernetHeader
{
    Destination = MacAddress.Parse("02:00:00:00:00:02"),
    Source = MacAddress.Parse("02:00:00:00:00:01"),
    Tag = new VlanTci(vlanId: 100, priority: 5),
    EtherType = EtherType.IPv4,
}.Write(frame);
at += new IPv4Header
{
    Source = source,
    Destination = destination,
    Protocol = IpProtocol.Udp,
    PayloadLength = UdpHeader.Length + payload.Length,
}.Write(frame.AsSpan(at));
Span<byte> datagram = frame.AsSpan(at, UdpHeader.Length + payload.Length);
payload.CopyTo(datagram[UdpHeader.Length..]);
UdpHeader udp = new(SourcePort: 4096, DestinationPort: 53, payload.Length);
_ = udp.Write(datagram);
uint pseudoHeader = InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, datagram.Length);
_ = (udp with { Checksum = InternetChecksum.ComputeUdp(datagram, pseudoHeader) }).Write(datagram);

// Find all headers in one pass; the layout travels with the packet.
if (!PacketLayout.TryParse(frame, out PacketLayout layout))
{
    Console.WriteLine($"dropped: {layout.Error}");
    return 1;
}

Console.WriteLine($"VLAN {layout.VlanId}, {layout.Protocol} at {layout.L4Offset}, payload {layout.PayloadOffset}..{layout.EndOffset}");

// Which flow is it, and which way does it go?
if (FlowKey4.TryRead(frame, in layout, out FlowKey4 key, scope: 5001))
{
    FlowKey4 flow = key.ToCanonical(out FlowDirection direction);
    KeyedHash hash = new(HashSeed.CreateRandom());
    Console.WriteLine($"{flow} {direction}, bucket {hash.Hash(in flow) & 1023} of 1024 in this run");
}

// Rewrite an address and repair both checksums without summing the packet again.
IPv4Address translated = IPv4Address.Parse("203.0.113.9");
ChecksumDelta delta = ChecksumDelta.Of(source, translated);
Span<byte> ip = frame.AsSpan(layout.L3Offset..layout.EndOffset);
if (IPv4View.TryParse(ip, out IPv4View before) && UdpView.TryParse(before.Payload, out UdpView carried))
{
    ushort udpChecksum = delta.ApplyUdp(carried.Checksum);
    _ = (before.ToHeader() with { Source = translated }).Write(ip);
    _ = (carried.ToHeader() with { Checksum = udpChecksum }).Write(ip[IPv4Header.MinLength..]);
}

bool valid = IPv4View.TryParse(ip, out IPv4View after)
    && after.IsChecksumValid
    && UdpView.TryParse(after.Payload, out UdpView view)
    && view.IsChecksumValid(InternetChecksum.PseudoHeader(after.Source, after.Destination, IpProtocol.Udp, view.Length));
Console.WriteLine($"now from {after.Source}, checksums {(valid ? "valid" : "wrong")}");
return valid ? 0 : 1;
