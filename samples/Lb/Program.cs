using Weft.Lb;
using Weft.Packets;

// Two load balancers in front of a server, and the element in between.
Timestamp now = Timestamp.FromSeconds(0);
MacAddress own = MacAddress.Parse("02:aa:00:00:00:01");
using var table = new ReturnPathTable(new ReturnPathOptions { Seed = new HashSeed(1, 2) }); // in production HashSeed.CreateRandom()
_ = table.TryAddLb(new LbIdentity { Mac = MacAddress.Parse("02:00:00:00:01:01"), Port = 1 }, out LbId first);
_ = table.TryAddLb(new LbIdentity { Mac = MacAddress.Parse("02:00:00:00:02:01"), Port = 2 }, out _);

byte[] request = Udp("02:00:00:00:01:01", "203.0.113.5", 4000, "10.0.0.80", 53);
byte[] reply = Udp("02:00:00:00:09:01", "10.0.0.80", 53, "203.0.113.5", 4000);
_ = PacketLayout.TryParse(request, out PacketLayout layout);
_ = PacketLayout.TryParse(reply, out PacketLayout replyLayout);

// The first load balancer sends a client's packet to the server: its address is learned by where it came from.
_ = table.TryMatchLb(EthernetSource(request), port: 1, out LbId from);
Console.WriteLine($"request: {table.ObserveForward(request, in layout, zone: 0, from, now)}");

// The server answers the client. The route to the client leads anywhere; the flow leads back.
ReplyVerdict verdict = table.ResolveReply(reply, in replyLayout, zone: 0, tag: 0, now);
_ = table.TryGetIdentity(verdict.Lb, out LbIdentity to);
_ = L2Redirect.TryApply(reply, in replyLayout, in to, own, routed: true);
Console.WriteLine($"reply: {verdict.Action} to {to.Mac} at port {to.Port}");

// The first load balancer fails. Removing it is one write; the other one takes its flows over.
_ = table.RemoveLb(first);
verdict = table.ResolveReply(reply, in replyLayout, zone: 0, tag: 0, now);
_ = table.TryGetIdentity(verdict.Lb, out to);
Console.WriteLine($"reply after its failure: {verdict.Action} to {to.Mac} at port {to.Port}");

static MacAddress EthernetSource(ReadOnlySpan<byte> frame) => MacAddress.Read(frame[MacAddress.Length..]);

static byte[] Udp(string sender, string from, ushort fromPort, string to, ushort toPort)
{
    byte[] frame = new byte[14 + 20 + 8];
    _ = new EthernetHeader { Source = MacAddress.Parse(sender), Destination = MacAddress.Parse("02:aa:00:00:00:01"), EtherType = EtherType.IPv4 }.Write(frame);
    _ = new IPv4Header { Source = IPv4Address.Parse(from), Destination = IPv4Address.Parse(to), Protocol = IpProtocol.Udp, PayloadLength = 8 }.Write(frame.AsSpan(14));
    _ = new UdpHeader(fromPort, toPort, PayloadLength: 0).Write(frame.AsSpan(34));
    return frame;
}
