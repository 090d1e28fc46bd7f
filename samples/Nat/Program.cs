using Weft.Nat;
using Weft.Packets;

// Two hosts share 192.0.2.1: host A owns ports 1024-2047, host B 2048-3071.
IPv4Address shared = IPv4Address.Parse("192.0.2.1");
var plan = new DsnatAddressPlan(IPv6Prefix.Parse("fd5a:1b2c:3d4e:1::/64"));
var hosts = IPv6Prefix.Parse("fd5a:1b2c:3d4e:2::/64");
var blockA = new PortBlock(shared, 1024, Log2Size: 10);
var blockB = new PortBlock(shared, 2048, Log2Size: 10);
Timestamp now = Timestamp.FromSeconds(0);

using var hostA = new NatEngine(new NatOptions { Seed = new HashSeed(1, 2) }); // in production HashSeed.CreateRandom()
using var hostB = new NatEngine(new NatOptions { Seed = new HashSeed(3, 4) });
_ = hostA.TryAddBlock(blockA, now);
_ = hostB.TryAddBlock(blockB, now);
Console.WriteLine($"A announces {plan.PrefixOf(blockA)}, B announces {plan.PrefixOf(blockB)}");

// A machine on host A sends. The packet leaves as it is, without a tunnel.
byte[] packet = Udp("10.0.0.1", 5000, "198.51.100.7", 53);
NatVerdict verdict = hostA.TranslateOutbound(packet, scope: 7, now);
Console.WriteLine($"{verdict.Action}: {Describe(packet)}");

// The answer comes to a gateway that knows neither hosts nor flows: address and port say where to.
using var gateway = new DsnatGateway(
    new NatTunnelOptions { Plan = plan, Source = IPv6Address.Parse("fd5a:1b2c:3d4e:9::1"), Hosts = hosts },
    new Weft.Flows.FragmentTrackerOptions { Seed = new HashSeed(5, 6) });
var wire = new Wire(new byte[2048]);
_ = gateway.Forward(Answer(packet), now, ref wire);
_ = IPv6View.TryParse(wire.Packet, out IPv6View outer);
Console.WriteLine($"the gateway tunnels the answer to {outer.Destination}, which is {(plan.PrefixOf(blockA).Contains(outer.Destination) ? "A" : "B")}");

// Had the fabric an old route, B would see that the port is not its own, and send the packet on, once.
var tunnelB = new NatTunnel(new NatTunnelOptions { Plan = plan, Source = IPv6Address.Parse("fd5a:1b2c:3d4e:2::b"), Hosts = hosts });
NatDecapsulation inner = tunnelB.Decapsulate(wire.Packet);
verdict = hostB.TranslateInbound(wire.Packet.Slice(inner.Offset, inner.Length), inner.FromHost, now);
Console.WriteLine($"B: {verdict.Action} to {tunnelB.DestinationOf(verdict)}");

// A takes it out of the tunnel and finds the machine.
var tunnelA = new NatTunnel(new NatTunnelOptions { Plan = plan, Source = IPv6Address.Parse("fd5a:1b2c:3d4e:2::a"), Hosts = hosts });
inner = tunnelA.Decapsulate(wire.Packet);
Span<byte> answer = wire.Packet.Slice(inner.Offset, inner.Length);
verdict = hostA.TranslateInbound(answer, inner.FromHost, now);
Console.WriteLine($"A: {verdict.Action} for network {verdict.Scope}: {Describe(answer)}");

static byte[] Udp(string from, ushort fromPort, string to, ushort toPort)
{
    byte[] packet = new byte[28];
    _ = new IPv4Header { Source = IPv4Address.Parse(from), Destination = IPv4Address.Parse(to), Protocol = IpProtocol.Udp, PayloadLength = 8 }.Write(packet);
    _ = new UdpHeader(fromPort, toPort, PayloadLength: 0).Write(packet.AsSpan(20));
    return packet;
}

static byte[] Answer(byte[] to)
{
    _ = IPv4View.TryParse(to, out IPv4View ip);
    _ = UdpView.TryParse(ip.Payload, out UdpView udp);
    return Udp(ip.Destination.ToString(), udp.DestinationPort, ip.Source.ToString(), udp.SourcePort);
}

static string Describe(ReadOnlySpan<byte> packet)
{
    _ = IPv4View.TryParse(packet, out IPv4View ip);
    _ = UdpView.TryParse(ip.Payload, out UdpView udp);
    return $"{ip.Source}:{udp.SourcePort} > {ip.Destination}:{udp.DestinationPort}";
}

/// <summary>Keeps the last packet that was sent.</summary>
internal ref struct Wire(Span<byte> buffer) : INatTunnelSink
{
    private readonly Span<byte> _buffer = buffer;

    public Span<byte> Packet { get; private set; }

    public void Send(ReadOnlySpan<byte> packet)
    {
        packet.CopyTo(_buffer);
        Packet = _buffer[..packet.Length];
    }
}
