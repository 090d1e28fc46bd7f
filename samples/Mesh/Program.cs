using Weft.Mesh;
using Weft.Packets;

// Two machines. The list is the same on both; each makes its own plan from it.
MeshPlanBuilder mesh = new MeshPlanBuilder(new LoopbackPool())
    .Add(Machine(1, "web", "198.18.0.1", 8080))
    .Add(Machine(2, "db", "198.18.0.2", 5432));
MeshPlan web = mesh.Build(new MachineId(1));
MeshPlan db = mesh.Build(new MachineId(2));
Console.WriteLine($"{web.Paths} pairs of client and service, each with exactly one path");

// An application of web dials the database. The translator sends it to the agent's listener instead.
using var translator = new MeshTranslator(web, new MeshTranslatorOptions { Seed = HashSeed.CreateRandom() });
byte[] packet = Syn("198.18.0.1", 40000, "198.18.0.2", 5432);
_ = PacketLayout.TryParseNetwork(packet, EtherType.IPv4, out PacketLayout layout);
MeshVerdict verdict = translator.Process(packet, in layout, MeshSide.Application, Timestamp.Zero);
_ = FlowKey4.TryRead(packet, in layout, out FlowKey4 ends);
Console.WriteLine($"{verdict.Action}: {ends}");

// What the agent of web knows by its socket alone: who dialled whom.
_ = web.TryFindListener(new MeshEndpoint(ends.Destination, ends.DestinationPort), IpProtocol.Tcp, out MeshListener listener);
_ = web.TryFindOwnAddress(IPv6Address.MapIPv4(ends.Source), out IPv6Address client);
Console.WriteLine($"{MeshAddress.Text(client)}:{ends.SourcePort} wants {listener.Service}");

// What the agent of db does once TLS has proved who calls: the identity decides as whom the application sees it.
_ = db.TryGetRestore(web.Self.Identity, client, listener.Service.Endpoint, IpProtocol.Tcp, out MeshRestore restore);
Console.WriteLine($"from {MeshAddress.Text(restore.Source)} to {restore.Destination}, seen as {MeshAddress.Text(restore.Client)}");

static MeshMachine Machine(int number, string name, string address, int port) => new()
{
    Id = new MachineId(number),
    Name = name,
    Identity = SpiffeId.Parse($"spiffe://mesh.example/{name}"),
    Addresses = [IPv6Address.MapIPv4(IPv4Address.Parse(address))],
    Tunnel = new MeshEndpoint(IPv4Address.Parse(address), 15443),
    Ports = [new MeshPort((ushort)port, IpProtocol.Tcp)],
};

static byte[] Syn(string from, int fromPort, string to, int toPort)
{
    byte[] packet = new byte[40];
    _ = new IPv4Header { Source = IPv4Address.Parse(from), Destination = IPv4Address.Parse(to), Protocol = IpProtocol.Tcp, PayloadLength = 20 }.Write(packet);
    _ = new TcpHeader { SourcePort = (ushort)fromPort, DestinationPort = (ushort)toPort, Flags = TcpFlags.Syn, Window = 64_000 }.Write(packet.AsSpan(20));
    return packet;
}
