// A machine with a connection tracker, a firewall and a load balancer of its own moves to another host in the middle of a conversation.
using System.Buffers.Binary;
using Weft.Packets;
using Weft.Services;

IPv4Address machine = IPv4Address.Parse("10.0.0.1");
IPv4Address service = IPv4Address.Parse("10.96.0.10");
IPv4Address[] servers = [IPv4Address.Parse("10.1.0.1"), IPv4Address.Parse("10.1.0.2")];
Timestamp now = Timestamp.FromSeconds(1);

var catalog = new ServiceCatalog();
catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy(
    [new FirewallRule { Name = "dns", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.FromMachine, Protocol = IpProtocol.Udp, FirstPort = 53, LastPort = 53 }],
    otherwise: FirewallAction.Drop,
    generation: 1)));
catalog.Define<LoadBalancer, LoadBalancerState>("dns-servers", _ => new LoadBalancer(
    [new VirtualService(IPv6Address.MapIPv4(service), IpProtocol.Udp, 53, [.. servers.Select(server => new Backend(IPv6Address.MapIPv4(server), 53))])],
    new HashSeed(1, 2)));

using ServiceSet here = Host();
Show("query", Send(here, ServiceDirection.FromMachine, Udp(machine, 4000, service, 53), out IPv4Address chosen));
Show("to port 80", Send(here, ServiceDirection.FromMachine, Udp(machine, 4001, service, 80), out _));

using ServiceSet there = Host();
var options = new MigrationOptions { Id = 1, Epoch = 1 };
var source = new MigrationSource(here, options, now);
var target = new MigrationTarget(there, options, now);
byte[] outwards = new byte[options.MessageBytes];
byte[] back = new byte[64];
int answer = 0;
while (source.State is not (MigrationState.Moved or MigrationState.Aborted))
{
    int length = source.Step(back.AsSpan(0, answer), now, outwards);
    answer = target.Step(outwards.AsSpan(0, length), now, back);
    if (target.State == MigrationState.Committing)
    {
        target.Claimed(true); // here a control store would decide
        answer = target.Step([], now, back);
    }
}

Console.WriteLine($"moved: {here.FlowCount} flows here, {there.FlowCount} there, {source.BytesSent} bytes sent");
Show("answer, on the new host", Send(there, ServiceDirection.ToMachine, Udp(chosen, 53, machine, 4000), out _));

ServiceSet Host() => new(
    new ServiceSetOptions { Machine = new MachineId(1), Services = ["connections", "firewall", "dns-servers"], Seed = HashSeed.CreateRandom(), Start = now },
    catalog);

ServiceResult Send(ServiceSet set, ServiceDirection direction, byte[] frame, out IPv4Address destination)
{
    var burst = new PacketBatch(1);
    burst.TryAdd(frame);
    Span<ServiceResult> results = stackalloc ServiceResult[1];
    set.Process(ref burst, direction, results, now);
    destination = IPv4Address.Read(burst.Bytes(0)[30..]);
    Console.Write($"{IPv4Address.Read(burst.Bytes(0)[26..])} > {destination}, ");
    return results[0];
}

static void Show(string what, ServiceResult result) =>
    Console.WriteLine($"{what}: {result.Action}{(result.Reason == ServiceReason.None ? "" : $" ({result.Reason})")}, {result.Visited.Count} services visited");

static byte[] Udp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort)
{
    byte[] frame = new byte[60];
    BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)EtherType.IPv4);
    new IPv4Header { Protocol = IpProtocol.Udp, TimeToLive = 64, PayloadLength = 20, Source = from, Destination = to }.Write(frame.AsSpan(14));
    new UdpHeader(fromPort, toPort, 12).Write(frame.AsSpan(34));
    return frame;
}
