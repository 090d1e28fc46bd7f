// One gateway, two service nodes, two tenants with the same addresses: a question of each leaves from its own public address, and
// goes on doing so from the other node when the first one is gone.
using Weft.Packets;
using Weft.Sase;

var pop = new PopOptions
{
    Gateways = [IPv4Address.Parse("10.99.0.1")],
    Nodes = [IPv4Address.Parse("10.99.0.11"), IPv4Address.Parse("10.99.0.12")],
    Bundles = 1,
    Seed = HashSeed.CreateRandom(),
};
SegmentOptions[] tenants = [.. new uint[] { 1001, 1002 }.Select(vni => new SegmentOptions
{
    Vni = vni,
    Bundle = 0,
    Routes = [new SegmentRoute(IPv4Prefix.Parse("0.0.0.0/0"), SegmentRouteKind.Uplink), new SegmentRoute(IPv4Prefix.Parse("10.0.0.0/8"), SegmentRouteKind.Return)],
    Policy = SegmentPolicy.AllowSites,
    PublicAddresses = [new IPv4Address(0xCB00_7100u + (vni & 0xFF))],
})];

Timestamp now = Timestamp.Zero;
using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [.. tenants.Select(tenant => new GatewaySegment(tenant.Vni, tenant.Bundle))], Start = now });
ManagedServiceNode[] nodes = [.. Enumerable.Range(0, 2).Select(number => new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = number, Incarnation = 1, Start = now }))];
foreach ((int number, ManagedServiceNode node) in nodes.Index())
{
    node.Configure(tenants);
    node.PeerUp(1 - number); // BFD would say so
    gateway.NodeUp(number);
}

bool[] dead = new bool[2];
Run(500);
int owner = gateway.TargetOf(0);
Ask("with both nodes");
Run(10);
dead[owner] = true; // and BFD notices
gateway.NodeDown(owner, now);
nodes[1 - owner].PeerDown(owner);
Run(10);
Ask($"without node {owner}");
Array.ForEach(nodes, node => node.Dispose());

void Ask(string when)
{
    foreach (SegmentOptions tenant in tenants)
    {
        byte[] buffer = new byte[2048];
        int length = Question(buffer.AsSpan(128));
        SaseVerdict tunnelled = gateway.ToNode(buffer, 128, length, tenant.Vni);
        int target = gateway.TargetOf(0);
        SaseVerdict left = nodes[target].FromTunnel(buffer, tunnelled.Offset, tunnelled.Length, now);
        if (left.Action == SaseAction.Held)
        {
            // A new flow leaves when the other node knows it.
            Run(5);
            _ = nodes[target].TryTakeCommitted(buffer, out left);
        }

        _ = IPv4View.TryParse(buffer.AsSpan(left.Offset, left.Length), out IPv4View packet);
        _ = UdpView.TryParse(packet.Payload, out UdpView udp);
        Console.WriteLine($"{when}: tenant {tenant.Vni} at node {target} leaves from {packet.Source}:{udp.SourcePort}");
    }
}

// The network between them, and time.
void Run(int milliseconds)
{
    byte[] message = new byte[1400];
    for (int i = 0; i < milliseconds; i++)
    {
        now += TimeSpan.FromMilliseconds(1);
        gateway.Advance(now);
        while (gateway.TryTakeMessage(message, out int length, out IPv4Address to))
        {
            int node = pop.Nodes[0] == to ? 0 : 1;
            _ = dead[node] ? default : nodes[node].Receive(message.AsSpan(0, length), pop.Gateways[0], now);
        }

        for (int from = 0; from < nodes.Length; from++)
        {
            if (dead[from])
            {
                continue;
            }

            nodes[from].Advance(now);
            while (nodes[from].TryTakeMessage(message, out int length, out IPv4Address to, now))
            {
                ReadOnlySpan<byte> said = message.AsSpan(0, length);
                _ = to == pop.Gateways[0] ? gateway.Receive(said, pop.Nodes[from]) : dead[1 - from] ? default : nodes[1 - from].Receive(said, pop.Nodes[from], now);
            }
        }
    }
}

static int Question(Span<byte> packet)
{
    const int Payload = 12;
    int length = new IPv4Header { Source = IPv4Address.Parse("10.0.0.5"), Destination = IPv4Address.Parse("198.51.100.7"), Protocol = IpProtocol.Udp, PayloadLength = UdpHeader.Length + Payload }.Write(packet);
    return length + new UdpHeader(1234, 53, Payload).Write(packet[length..]) + Payload;
}
