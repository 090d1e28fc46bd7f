using Weft.Fuzz.Mutation;
using Weft.Mesh;
using Weft.Packets;
using Weft.Sase;
using Weft.Services;

namespace Weft.Fuzz.Targets;

internal sealed class ServicesTarget : EngineTarget<ServicesTarget.Machine>
{
    public override string Name => "services";

    public override string What => "connection tracking, a firewall and a load balancer, and their state as it moves";

    public override IReadOnlyList<string> Assemblies => ["Services", "Flows"];

    protected override Machine Make(Timestamp start) => new(start);

    protected override void Step(Machine engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Machine : IDisposable
    {
        private readonly ServiceSet _set;
        private readonly ServiceSet _arriving;
        private readonly ServiceResult[] _results = new ServiceResult[1];
        private readonly byte[] _state = new byte[1 << 15];

        public Machine(Timestamp start) => (_set, _arriving) = (Make(start), Make(start));

        public void Take(byte where, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            if ((where & 15) == 15)
            {
                // The records of a machine that arrives, as a hostile network would have them.
                byte[] schema = new byte[1_024];
                if (_arriving.BeginImport(schema.AsSpan(0, _arriving.WriteSchema(schema)), 16, 16))
                {
                    _ = _arriving.Import(bytes, now);
                }

                _arriving.Forget();
                return;
            }

            if ((where & 15) == 14)
            {
                _set.BeginExport();
                int length;
                while ((length = _set.Export(_state, now)) > 0)
                {
                    Require(length <= _state.Length, "more state than room");
                }

                _set.EndExport();
            }

            var burst = new PacketBatch(1, FrameBytes);
            if (burst.TryAdd(bytes))
            {
                _set.Process(ref burst, (where & 1) == 0 ? ServiceDirection.FromMachine : ServiceDirection.ToMachine, _results, now);
            }

            _ = _set.Advance(now, 16);
        }

        public void Dispose()
        {
            _set.Dispose();
            _arriving.Dispose();
        }

        public static ServiceSet Make(Timestamp start)
        {
            var catalog = new ServiceCatalog();
            catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
            catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy(
                [new FirewallRule { Name = "out", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.FromMachine, Protocol = IpProtocol.Udp, FirstPort = 1, LastPort = 65535 }],
                otherwise: FirewallAction.Allow,
                generation: 1)));
            catalog.Define<LoadBalancer, LoadBalancerState>("balancer", _ => new LoadBalancer(
                [new VirtualService(IPv6Address.MapIPv4(IPv4Address.Parse("10.96.0.10")), IpProtocol.Udp, 53, [new Backend(IPv6Address.MapIPv4(IPv4Address.Parse("10.1.0.1")), 53)])],
                new HashSeed(1, 2)));
            return new ServiceSet(new ServiceSetOptions { Machine = new Weft.Services.MachineId(1), Services = ["connections", "firewall", "balancer"], Seed = new HashSeed(3, 4), Start = start, IPv4Flows = 64, IPv6Flows = 64 }, catalog);
        }
    }
}

internal sealed class SaseTarget : EngineTarget<SaseTarget.Presence>
{
    public override string Name => "sase";

    public override string What => "a service node and a gateway: tunnels, uplinks, messages of peers that lie";

    public override IReadOnlyList<string> Assemblies => ["Sase", "Flows"];

    protected override IReadOnlyList<byte[]> Words => [[10, 99, 0, 1], [10, 99, 0, 11], [10, 99, 0, 12], [0x17, 0xC1], [0, 3, 0xE9], [203, 0, 113, 0xE9], [10, 0, 0, 5], [0xFF, 0xF5, 1, 1, 0, 0, 1, 0]];

    public override IMutator Mutator => new ScriptMutator(new ByteMutator(Words));

    /// <summary>What a gateway and the other node of the point of presence send.</summary>
    public override IEnumerable<byte[]> Beginnings()
    {
        using var presence = new Presence(Timestamp.FromSeconds(1_000));
        byte[] buffer = new byte[512];
        byte[] packet = new byte[32];
        _ = new IPv4Header { Source = IPv4Address.Parse("10.0.0.5"), Destination = IPv4Address.Parse("198.51.100.7"), Protocol = IpProtocol.Udp, PayloadLength = 12 }.Write(packet);
        _ = new UdpHeader(1234, 53, 4).Write(packet.AsSpan(20));
        packet.CopyTo(buffer, 128);
        SaseVerdict tunnelled = presence.Gateway.ToNode(buffer, 128, packet.Length, 1001);
        yield return [.. Script.Step(0, 0, buffer.AsSpan(tunnelled.Offset, tunnelled.Length)), .. Script.Step(1, 0, packet)];
        foreach (byte[] message in presence.Messages(2_000))
        {
            yield return [.. Script.Step(2, 60, message), .. Script.Step(3, 60, message), .. Script.Step(0, 0, buffer.AsSpan(tunnelled.Offset, tunnelled.Length))];
        }
    }

    protected override Presence Make(Timestamp start) => new(start);

    protected override void Step(Presence engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Presence : IDisposable
    {
        private const int Headroom = 256;

        private readonly PopOptions _pop = new() { Gateways = [IPv4Address.Parse("10.99.0.1")], Nodes = [IPv4Address.Parse("10.99.0.11"), IPv4Address.Parse("10.99.0.12")], Bundles = 1, Seed = new HashSeed(1, 2) };
        private readonly ManagedServiceNode _node;
        private readonly byte[] _buffer = new byte[FrameBytes + (2 * Headroom)];
        private readonly byte[] _message = new byte[2_048];
        private readonly Timestamp _start;

        public Presence(Timestamp start)
        {
            _start = start;
            var segment = new SegmentOptions
            {
                Vni = 1001,
                Bundle = 0,
                Routes = [new SegmentRoute(IPv4Prefix.Parse("0.0.0.0/0"), SegmentRouteKind.Uplink), new SegmentRoute(IPv4Prefix.Parse("10.0.0.0/8"), SegmentRouteKind.Return)],
                Policy = SegmentPolicy.AllowSites,
                PublicAddresses = [IPv4Address.Parse("203.0.113.233")],
                FlowQuota = 32,
            };
            Gateway = new CloudGateway(new CloudGatewayOptions { Pop = _pop, Gateway = 0, Segments = [new GatewaySegment(1001, 0)], Start = start });
            _node = new ManagedServiceNode(new ServiceNodeOptions { Pop = _pop, Node = 0, Incarnation = 1, Start = start, Flows = 64, Segments = 4 });
            _node.Configure([segment]);
            Gateway.NodeUp(0);
            for (int i = 0; i < 500; i++)
            {
                Exchange(start + TimeSpan.FromMilliseconds(i));
            }
        }

        public CloudGateway Gateway { get; }

        public void Take(byte where, ReadOnlySpan<byte> bytes, Timestamp now)
        {
            int length = Math.Min(bytes.Length, FrameBytes);
            bytes[..length].CopyTo(_buffer.AsSpan(Headroom));
            IPv4Address peer = (where & 16) == 0 ? _pop.Gateways[0] : _pop.Nodes[1];
            switch (where & 7)
            {
                case 0:
                    Judge(_node.FromTunnel(_buffer, Headroom, length, now + TimeSpan.FromSeconds(1)));
                    break;
                case 1:
                    Judge(_node.FromUplink(_buffer, Headroom, length, now + TimeSpan.FromSeconds(1)));
                    break;
                case 2:
                    _ = _node.Receive(bytes, peer, now + TimeSpan.FromSeconds(1));
                    break;
                case 3:
                    _ = Gateway.Receive(bytes, _pop.Nodes[where >> 7]);
                    break;
                case 4:
                    Judge(Gateway.FromNode(_buffer, Headroom, length));
                    break;
                case 5:
                    Judge(Gateway.ToNode(_buffer, Headroom, length, 1001));
                    break;
                case 6:
                    _node.PeerUp(1);
                    break;
                default:
                    _node.PeerDown(1);
                    break;
            }

            while (_node.TryTakeHeld(_buffer, out int held, out _))
            {
                Require(held <= _buffer.Length, "a held packet longer than its room");
            }

            Exchange(now + TimeSpan.FromSeconds(1));
        }

        /// <summary>All messages of some milliseconds.</summary>
        public IEnumerable<byte[]> Messages(int milliseconds)
        {
            var said = new List<byte[]>();
            _node.PeerUp(1);
            for (int i = 0; i < milliseconds; i++)
            {
                _node.Advance(_start + TimeSpan.FromMilliseconds(500 + i));
                while (_node.TryTakeMessage(_message, out int length, out _, _start + TimeSpan.FromMilliseconds(500 + i)))
                {
                    said.Add(_message[..length]);
                }
            }

            return said.DistinctBy(message => (message.Length, message[0], message.Length > 1 ? message[1] : 0)).Take(16);
        }

        public void Dispose()
        {
            _node.Dispose();
            Gateway.Dispose();
        }

        private void Judge(in SaseVerdict verdict) => Require(verdict.Offset >= 0 && verdict.Length >= 0 && verdict.Offset + verdict.Length <= _buffer.Length, "a packet beyond its buffer");

        private void Exchange(Timestamp now)
        {
            Gateway.Advance(now);
            _node.Advance(now);
            for (int i = 0; i < 32 && Gateway.TryTakeMessage(_message, out int length, out IPv4Address to); i++)
            {
                _ = to == _pop.Nodes[0] ? _node.Receive(_message.AsSpan(0, length), _pop.Gateways[0], now) : default;
            }

            for (int i = 0; i < 32 && _node.TryTakeMessage(_message, out int length, out IPv4Address to, now); i++)
            {
                _ = to == _pop.Gateways[0] ? Gateway.Receive(_message.AsSpan(0, length), _pop.Nodes[0]) : default;
            }
        }
    }
}

internal sealed class MeshTarget : EngineTarget<MeshTranslator>
{
    public override string Name => "mesh";

    public override string What => "the translator on all three sides";

    public override IReadOnlyList<string> Assemblies => ["Mesh", "Flows"];

    protected override IReadOnlyList<byte[]> Words => [[198, 18, 0, 1], [198, 18, 0, 2], [127, 64, 0, 1], [127, 112, 0, 1], [0x1F, 0x90], [0x14, 0x38]];

    public override IEnumerable<byte[]> Beginnings() => Datagrams.Conversations();

    public override IMutator Mutator => new ScriptMutator(new ByteMutator(Words));

    protected override MeshTranslator Make(Timestamp start)
    {
        MeshPlanBuilder mesh = new MeshPlanBuilder(new LoopbackPool()).Add(Machine(1, "web", "198.18.0.1", 8080)).Add(Machine(2, "db", "198.18.0.2", 5432));
        return new MeshTranslator(mesh.Build(new Weft.Mesh.MachineId(1)), new MeshTranslatorOptions { Seed = new HashSeed(1, 2), IPv4Flows = 64, IPv6Flows = 64, Start = start });
    }

    protected override void Step(MeshTranslator engine, in ScriptStep step, Timestamp now)
    {
        byte[] packet = step.Bytes.ToArray();
        EtherType type = packet.Length > 0 && packet[0] >> 4 == 6 ? EtherType.IPv6 : EtherType.IPv4;
        _ = PacketLayout.TryParseNetwork(packet, type, out PacketLayout layout);
        _ = engine.Process(packet, in layout, (MeshSide)(step.Where % 3), now);
        _ = engine.Advance(now, 16);
    }

    private static MeshMachine Machine(int number, string name, string address, int port) => new()
    {
        Id = new Weft.Mesh.MachineId(number),
        Name = name,
        Identity = SpiffeId.Parse($"spiffe://mesh.example/{name}"),
        Addresses = [IPv6Address.MapIPv4(IPv4Address.Parse(address))],
        Tunnel = new MeshEndpoint(IPv4Address.Parse(address), 15443),
        Ports = [new MeshPort((ushort)port, IpProtocol.Tcp)],
    };
}
