using System.Buffers.Binary;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Host.Datapath.Presence;

/// <summary>
/// Has a node take over in memory, and a twin of the switch pass tenants' packets, before the switch starts: code that has never run is compiled first, which
/// takes as long as finding out that somebody is dead. A node that has just come is a backup, and takes over without having done anything else.
/// </summary>
internal static class SaseRehearsal
{
    /// <summary>What came of it.</summary>
    /// <param name="TookOver">Whether this node owned the bundle after the other one was gone.</param>
    /// <param name="HandedOver">Whether it gave it back when it was drained.</param>
    /// <param name="Left">Packets that left by the uplink of either node.</param>
    /// <param name="Answered">Answers to them that reached the site.</param>
    /// <param name="Forwarded">Packets from a site that the twin of the switch sent to the Internet.</param>
    internal readonly record struct Outcome(bool TookOver, bool HandedOver, int Left, int Answered, int Forwarded);

    private const int TwinBuffers = 512;
    private const int Room = 256;
    private const ushort Question = 53;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly MacAddress Somebody = new(0x0257_FFFF_FF03);
    private static readonly IPv4Address Site = new(0x0A00_0005);

    /// <summary>Plays it through; a switch that is no node, or has no others beside it, has nothing to rehearse.</summary>
    public static Outcome Run(SwitchPlan plan)
    {
        if (plan.Sase is not SasePlan { Node: >= 0, Nodes.Count: > 1 } sase)
        {
            return default;
        }

        Outcome outcome = TakeOver(sase);
        if (sase.Tenants.FirstOrDefault(tenant => tenant.Segment.PublicAddresses.Count > 0) is SaseTenantPlan tenant && sase.Uplink >= 0)
        {
            outcome = outcome with { Forwarded = Forward(plan, sase, tenant) };
        }

        return outcome;
    }

    /// <summary>A gateway, an owner that is gone after a while, and this node as its backup.</summary>
    private static Outcome TakeOver(SasePlan sase)
    {
        var outcome = default(Outcome);
        int self = sase.Node;
        int other = (self + 1) % sase.Nodes.Count;
        var segment = new SegmentOptions { Vni = 1, Bundle = 0, Routes = [new SegmentRoute(default, SegmentRouteKind.Uplink)], Policy = SegmentPolicy.AllowSites, PublicAddresses = [sase.Address] };
        PopOptions pop = PopOf(sase) with { Bundles = 1 };
        Timestamp now = Timestamp.Zero + TimeSpan.FromDays(1);
        using CloudGateway gateway = GatewayOf(pop, segment, now);
        ManagedServiceNode[] nodes = [NodeOf(pop, other, now), NodeOf(pop, self, now)];
        int[] numbers = [other, self];
        try
        {
            Array.ForEach(nodes, node => node.Configure([segment]));
            Pass(nodes[0].Options.ListenTime);
            nodes[0].PeerUp(self);
            nodes[1].PeerUp(other);
            gateway.NodeUp(other);
            gateway.NodeUp(self);
            _ = nodes[0].TryActivate(0, Epoch.None.Next(other));
            gateway.SetOwner(0, nodes[0].EpochOf(0));
            Pass(Step);
            Speak(nodes[0], answered: true);
            Pass(10 * Step);
            gateway.NodeDown(other, now);
            nodes[1].PeerDown(other);
            Pass(Step);
            Speak(nodes[1], answered: true);
            outcome = outcome with { TookOver = nodes[1].RoleOf(0) == BundleRole.Active };
            Pass(10 * Step);
            nodes[1].PeerUp(other);
            Pass(10 * Step);
            nodes[1].Drain();
            Pass(10 * Step);
            return outcome with { HandedOver = nodes[1].RoleOf(0) == BundleRole.Standby };
        }
        finally
        {
            Array.ForEach(nodes, node => node.Dispose());
        }

        void Pass(TimeSpan time)
        {
            for (Timestamp end = now + time; now < end; now += Step)
            {
                gateway.Advance(now);
                for (int node = 0; node < nodes.Length; node++)
                {
                    nodes[node].Advance(now);
                    Deliver(node);
                    while (nodes[node].TryTakeEvent(out _))
                    {
                        // Nobody reads them.
                    }
                }
            }
        }

        void Deliver(int from)
        {
            Span<byte> message = stackalloc byte[1400];
            while (nodes[from].TryTakeMessage(message, out int length, out IPv4Address to, now))
            {
                _ = to == pop.Nodes[numbers[1 - from]] ? nodes[1 - from].Receive(message[..length], pop.Nodes[numbers[from]], now) : gateway.Receive(message[..length], pop.Nodes[numbers[from]]);
            }

            while (gateway.TryTakeMessage(message, out int length, out IPv4Address to))
            {
                int node = Array.FindIndex(numbers, number => pop.Nodes[number] == to);
                _ = node < 0 ? MessageVerdict.Stale : nodes[node].Receive(message[..length], pop.Gateways[0], now);
            }
        }

        void Speak(ManagedServiceNode node, bool answered)
        {
            foreach (IpProtocol protocol in (IpProtocol[])[IpProtocol.Udp, IpProtocol.Tcp])
            {
                (byte[] buffer, int length) = Packet(protocol, Site, new IPv4Address(0xC633_6401));
                SaseVerdict sent = gateway.ToNode(buffer, Room, length, segment.Vni);
                SaseVerdict left = node.FromTunnel(buffer, sent.Offset, sent.Length, now);
                if (left.Action == SaseAction.Held)
                {
                    // Until the backup knows the flow.
                    Pass(Step);
                    left = node.TryTakeCommitted(buffer.AsSpan(Room), out SaseVerdict committed) ? committed with { Offset = Room } : left;
                }

                outcome = outcome with { Left = outcome.Left + (left.Action == SaseAction.ToUplink ? 1 : 0) };
                if (answered && left.Action == SaseAction.ToUplink)
                {
                    Turn(buffer.AsSpan(left.Offset));
                    SaseVerdict back = node.FromUplink(buffer, left.Offset, left.Length, now);
                    SaseVerdict received = gateway.FromNode(buffer, back.Offset, back.Length);
                    outcome = outcome with { Answered = outcome.Answered + (received.Action == SaseAction.ToTenant ? 1 : 0) };
                }
            }
        }
    }

    /// <summary>A packet of a tenant through the whole switch, and what answers it.</summary>
    private static int Forward(SwitchPlan plan, SasePlan sase, SaseTenantPlan tenant)
    {
        ProbePort[] ports = [.. plan.Ports.Select(port => new ProbePort(port.Name, port.MtuBytes))];
        RouterPlan router = plan.Routers[sase.Router];
        int underlay = router.Interfaces.First(at => at.Addresses.Any(address => !address.Address.IsIPv6 && address.Address.V4 == sase.Address)).Segment;
        NetworkAddress beyond = router.Interfaces.First(at => at.Segment == sase.Uplink).Addresses.FirstOrDefault(address => !address.Address.IsIPv6);
        var remote = new IPv4Address(beyond.Address.V4.Value ^ 1);
        var neighbors = new Dictionary<TunnelAddress, MacAddress> { [new TunnelAddress(sase.Gateways[0])] = Somebody, [new TunnelAddress(remote)] = Somebody };
        SwitchPlan small = plan with
        {
            Workers = 1,
            PoolBuffers = TwinBuffers,
            Ids = [],
            Nats = [],
            Machines = [],
            Sase = sase with { SessionLogPath = null },
            Routers = [.. plan.Routers.Select((known, index) => index != sase.Router ? known : known with { Interfaces = [.. known.Interfaces.Select(at => at with { StaticNeighbors = neighbors })] })],
        };
        Timestamp now = Timestamp.Zero + TimeSpan.FromDays(1);
        using CloudGateway gateway = GatewayOf(PopOf(sase), tenant.Segment, now);
        gateway.NodeUp(sase.Node);
        gateway.Advance(now);
        using var twin = new Switch(small, ports, new SwitchOptions { Start = now }, trace: null, isRehearsal: true);
        for (int i = 0; i < 3; i++)
        {
            (byte[] buffer, int length) = Packet(IpProtocol.Udp, Site, remote);
            SaseVerdict sent = gateway.ToNode(buffer, Room, length, tenant.Segment.Vni);
            Inject(underlay, buffer.AsSpan(sent.Offset, sent.Length));
            (buffer, length) = Packet(IpProtocol.Udp, remote, tenant.Segment.PublicAddresses[0]);
            Inject(sase.Uplink, buffer.AsSpan(Room, length));
        }

        return (int)twin.Workers[0].Presence!.Node!.Counters.ToUplink;

        void Inject(int segment, ReadOnlySpan<byte> packet)
        {
            ushort vlan = plan.Segments[segment].Vlan;
            int port = Math.Max(0, Position.Of(plan.Ports, known => known.NativeVlan == vlan));
            VlanTci? tag = plan.Ports[port].NativeVlan == vlan ? null : new VlanTci(vlan);
            byte[] frame = new byte[Room + packet.Length];
            int length = new EthernetHeader { Destination = router.Interfaces.First(at => at.Segment == segment).Mac, Source = Somebody, Tag = tag, EtherType = EtherType.IPv4 }.Write(frame);
            packet.CopyTo(frame.AsSpan(length));
            ports[port].Inject(frame.AsSpan(0, length + packet.Length));
            now += Step;
            _ = twin.RunOnce(now);
        }
    }

    private static PopOptions PopOf(SasePlan sase) => new()
    {
        Gateways = sase.Gateways,
        Nodes = sase.Nodes,
        Encapsulation = sase.Encapsulation,
        MtuBytes = sase.MtuBytes,
        Bundles = sase.Bundles,
        Seed = new HashSeed(1, 2),
    };

    private static CloudGateway GatewayOf(PopOptions pop, SegmentOptions segment, Timestamp start) =>
        new(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(segment.Vni, segment.Bundle)], Start = start });

    private static ManagedServiceNode NodeOf(PopOptions pop, int node, Timestamp start) =>
        new(new ServiceNodeOptions { Pop = pop, Node = node, Incarnation = 1, Flows = 64, Segments = 4, StallLimit = TimeSpan.FromSeconds(1), Start = start });

    private static (byte[] Buffer, int Length) Packet(IpProtocol protocol, IPv4Address from, IPv4Address to)
    {
        const int Port = 1234;
        byte[] transport = new byte[20];
        if (protocol == IpProtocol.Udp)
        {
            _ = new UdpHeader(Port, Question, transport.Length - UdpHeader.Length).Write(transport);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport, Port);
            BinaryPrimitives.WriteUInt16BigEndian(transport.AsSpan(2), Question);
            (transport[12], transport[13]) = (0x50, (byte)TcpFlags.Syn);
        }

        byte[] buffer = new byte[Room * 2];
        int length = new IPv4Header { Source = from, Destination = to, Protocol = protocol, DontFragment = true, PayloadLength = transport.Length }.Write(buffer.AsSpan(Room));
        transport.CopyTo(buffer.AsSpan(Room + length));
        return (buffer, length + transport.Length);
    }

    /// <summary>Makes an answer of a packet: its endpoints change places, and no checksum with them.</summary>
    private static void Turn(Span<byte> packet)
    {
        ulong addresses = BinaryPrimitives.ReadUInt64BigEndian(packet[12..]);
        BinaryPrimitives.WriteUInt64BigEndian(packet[12..], (addresses << 32) | (addresses >> 32));
        uint ports = BinaryPrimitives.ReadUInt32BigEndian(packet[20..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[20..], (ports << 16) | (ports >> 16));
    }
}
