using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>What holds for every packet on its walk. Packets are drawn whole: any size, protocol, service class, with and without checksums.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class WalkPropertyTests
{
    private const uint Acme = 1001;
    private const uint Globex = 1002;

    private static readonly IPv4Address Inspected = IPv4Address.Parse("10.2.0.9");

    private static readonly Arbitrary<Step[]> Steps = Arb.From(
        (from seed in Gen.Choose(0, int.MaxValue)
         from gateway in Gen.Choose(0, 1)
         from host in Gen.Choose(1, 3)
         from port in Gen.Choose(1, 4)
         from kind in Gen.Choose(0, 5)
         select new Step(seed, gateway, (byte)host, (ushort)port, kind)).NonEmptyListOf().Select(steps => steps.ToArray()),
        steps => Enumerable.Range(0, steps.Length).Select(skip => steps.Where((_, at) => at != skip).ToArray()).Where(fewer => fewer.Length > 0));

    [Fact]
    public void What_comes_out_of_a_tunnel_is_what_went_in_but_for_a_hop_and_every_header_adds_up() =>
        Prop.ForAll(Steps, Arb.From(Gen.Elements(Enum.GetValues<ServiceEncapsulation>())), (steps, encapsulation) =>
        {
            using var world = new World(encapsulation);
            foreach (Step step in steps)
            {
                byte[] inner = step.Packet(Inspected);
                byte[] tunnelled = world.In(step.Gateway, Acme, inner);
                Assert.True(InternetChecksum.IsValid(tunnelled.AsSpan(0, 20)));
                SaseVerdict back = world.Through(tunnelled, out byte[] returned);
                if (back.Drop == SaseDrop.NoFlow)
                {
                    // The middle of a connection that nobody opened.
                    Assert.Equal(3, step.Kind);
                    continue;
                }

                Assert.Equal(SaseAction.ToTunnel, back.Action);
                Assert.True(InternetChecksum.IsValid(returned.AsSpan(0, 20)));

                // The address that it came from, and no other, whatever the flow did before.
                Assert.Equal(world.Pop.Gateways[step.Gateway], IPv4Address.Read(returned.AsSpan(16)));
                byte[] outside = world.Out(step.Gateway, returned);
                Assert.True(AddsUp(outside));
                byte[] expected = [.. inner];
                expected[8]--;
                Assert.Equal(TunnelPackets.Mended(expected), outside);
            }
        }).Check(Chance.Of(300));

    [Fact]
    public void Rfc1624_Section3_a_header_checksum_is_what_a_computation_anew_gives_whatever_it_was()
    {
        using var world = new World(ServiceEncapsulation.Geneve);
        byte[] inner = Udp(Site, 1, Inspected, 2);
        for (int identification = 0; identification < 65_536; identification++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(inner.AsSpan(4), (ushort)identification);
            byte[] expected = TunnelPackets.Mended([.. inner]);
            SaseVerdict verdict = world.Through(world.In(0, Acme, expected), out byte[] returned);
            Assert.Equal((identification, SaseDrop.None), (identification, verdict.Drop));
            expected[8]--;
            Assert.Equal(TunnelPackets.Mended(expected), world.Out(0, returned));
        }
    }

    [Fact]
    public void What_leaves_by_the_uplink_differs_in_source_hop_and_checksums_alone_and_what_answers_goes_to_the_gateway_of_the_last_packet() =>
        Prop.ForAll(Steps, Arb.From(Gen.Elements(Enum.GetValues<ServiceEncapsulation>())), (steps, encapsulation) =>
        {
            using var world = new World(encapsulation);
            var last = new Dictionary<FlowKey4, (int Gateway, FlowKey4 Outside)>();
            foreach (Step step in steps)
            {
                byte[] inner = step.Packet(Remote);
                FlowKey4 key = Flow(inner);
                SaseVerdict verdict = world.Through(world.In(step.Gateway, Acme, inner), out byte[] sent);
                if (verdict.Drop == SaseDrop.NoFlow)
                {
                    // The middle of a connection that nobody opened.
                    Assert.DoesNotContain(key, last.Keys);
                    continue;
                }

                Assert.Equal((SaseAction.ToUplink, PublicOf(Acme)), (verdict.Action, Flow(sent).Source));
                Assert.True(AddsUp(sent));
                Assert.True(!last.TryGetValue(key, out (int Gateway, FlowKey4 Outside) known) || known.Outside == Flow(sent));
                last[key] = (step.Gateway, Flow(sent));
                Assert.Equal(Anonymous(inner, key.Protocol), Anonymous(sent, key.Protocol));
                foreach ((FlowKey4 inside, (int gateway, FlowKey4 outside)) in last.Where(_ => step.Kind % 2 == 0))
                {
                    Assert.Equal(SaseAction.ToTunnel, world.Answer(AnswerTo(outside), out byte[] back).Action);
                    Assert.Equal(world.Pop.Gateways[gateway], IPv4Address.Read(back.AsSpan(16)));
                    byte[] received = world.Out(gateway, back);
                    Assert.True(AddsUp(received));
                    Assert.Equal((Remote, inside.Source), (Flow(received).Source, Flow(received).Destination));
                }
            }
        }).Check(Chance.Of(300));

    [Fact]
    public void Whatever_another_tenant_with_the_same_addresses_does_changes_nothing_for_one() =>
        Prop.ForAll(Steps, Arb.From(Gen.Choose(0, int.MaxValue)), (steps, seed) =>
        {
            using var alone = new World(ServiceEncapsulation.Geneve);
            using var shared = new World(ServiceEncapsulation.Geneve);
            var random = new Random(seed);
            foreach (Step step in steps)
            {
                byte[] inner = step.Packet(Remote);
                SaseVerdict one = alone.Through(alone.In(step.Gateway, Acme, inner), out byte[] expected);
                for (int others = random.Next(4); others > 0; others--)
                {
                    // The same hosts and ports, or any others, and answers to whatever public port.
                    Step other = step with { Gateway = random.Next(2), Kind = random.Next(6), Port = random.Next(2) == 0 ? step.Port : (ushort)random.Next(1, 65_536) };
                    _ = shared.Through(shared.In(other.Gateway, Globex, other.Packet(Remote)), out _);
                    _ = shared.Answer(Udp(Remote, 53, PublicOf(Globex), (ushort)random.Next(65_536)), out _);
                }

                SaseVerdict two = shared.Through(shared.In(step.Gateway, Acme, inner), out byte[] actual);
                Assert.Equal((one.Action, one.Drop, one.Segment), (two.Action, two.Drop, two.Segment));
                Assert.Equal(expected, actual);
                if (one.Action == SaseAction.ToUplink)
                {
                    // What comes back, too, goes to the same gateway in the same octets, and not to the other tenant.
                    byte[] answer = AnswerTo(Flow(expected));
                    SaseVerdict back = alone.Answer(answer, out byte[] expectedBack);
                    SaseVerdict sharedBack = shared.Answer(answer, out byte[] actualBack);
                    Assert.Equal((SaseAction.ToTunnel, Acme), (back.Action, back.Segment));
                    Assert.Equal((back.Action, back.Drop, back.Segment), (sharedBack.Action, sharedBack.Drop, sharedBack.Segment));
                    Assert.Equal(expectedBack, actualBack);
                }

                Assert.Equal(alone.Node.FlowsOf(Acme), shared.Node.FlowsOf(Acme));
            }

            Assert.Equal(alone.Node.BindingCount, BindingsOf(shared.Node, Acme));
        }).Check(Chance.Of(200));

    [Fact]
    public void Rfc8300_Section2_2_every_hop_count_and_service_index_is_taken_or_refused_and_no_hop_count_grows_but_that_of_none()
    {
        using var world = new World(ServiceEncapsulation.Nsh);
        for (int timeToLive = 0; timeToLive < 64; timeToLive++)
        {
            for (int index = 0; index < 256; index++)
            {
                byte[] packet = TunnelPackets.Nsh(world.Pop, 0, Acme, Udp(Site, 1, Inspected, 2), (byte)timeToLive, (byte)index);
                SaseVerdict verdict = world.Through(packet, out byte[] back);
                SaseDrop expected = timeToLive == 1 ? SaseDrop.NshTtl : index != 255 ? SaseDrop.NshPath : SaseDrop.None;
                Assert.Equal((timeToLive, index, expected), (timeToLive, index, verdict.Drop));
                if (verdict.Drop == SaseDrop.None)
                {
                    Assert.True(NshView.TryParse(back.AsSpan(36), out NshView nsh));
                    Assert.Equal((timeToLive == 0 ? 63 : timeToLive - 1, 254), (nsh.TimeToLive, nsh.ServiceIndex));
                }
            }
        }
    }

    /// <summary>A packet without what translation may change: source, hops and the checksums of those.</summary>
    private static byte[] Anonymous(byte[] packet, IpProtocol protocol)
    {
        byte[] rest = [.. packet];
        (rest[8], rest[10], rest[11]) = (0, 0, 0);
        rest.AsSpan(12, 4).Clear();
        int from = protocol == IpProtocol.Icmp ? 24 : 20;
        rest.AsSpan(from, 2).Clear();
        rest.AsSpan(protocol switch { IpProtocol.Icmp => 22, IpProtocol.Udp => 26, _ => 36 }, 2).Clear();
        return rest;
    }

    private static byte[] AnswerTo(FlowKey4 outside) => outside.Protocol switch
    {
        IpProtocol.Udp => Udp(Remote, outside.DestinationPort, outside.Source, outside.SourcePort),
        IpProtocol.Tcp => Tcp(Remote, outside.DestinationPort, outside.Source, outside.SourcePort, TcpFlags.Ack),
        _ => Echo(Remote, outside.Source, outside.SourcePort, reply: true),
    };

    private static int BindingsOf(ManagedServiceNode node, uint vni)
    {
        var endpoints = new HashSet<(IPv4Address, IpProtocol, ushort)>();
        var slice = new Weft.Flows.FlowHandle[64];
        int cursor = 0;
        do
        {
            int count = node.Flows.Slice(ref cursor, slice);
            foreach (Weft.Flows.FlowHandle handle in slice.AsSpan(0, count))
            {
                FlowKey4 inner = node.Flows.ForwardKeyOf(handle);
                _ = inner.Scope == vni && endpoints.Add((inner.Source, inner.Protocol, inner.SourcePort));
            }
        }
        while (cursor != 0);
        return endpoints.Count;
    }

    private sealed record Step(int Seed, int Gateway, byte Host, ushort Port, int Kind)
    {
        public byte[] Packet(IPv4Address to)
        {
            var random = new Random(Seed);
            var from = new IPv4Address(Site.Value + Host);
            byte[] packet = Kind switch
            {
                0 or 1 => Udp(from, Port, to, (ushort)(50 + Kind), payload: random.Next(900), checksum: random.Next(2) == 0),
                2 or 3 => Tcp(from, Port, to, 80, Kind == 2 ? TcpFlags.Syn : TcpFlags.Ack, payload: random.Next(900)),
                _ => Echo(from, to, Port),
            };
            packet[1] = (byte)(random.Next(64) << 2);
            packet[8] = (byte)random.Next(2, 256);
            return TunnelPackets.Mended(packet);
        }
    }

    private sealed class World : IDisposable
    {
        private readonly CloudGateway[] _gateways;

        public World(ServiceEncapsulation encapsulation)
        {
            Pop = SaseTests.Pop.Base(2, 1) with { Encapsulation = encapsulation };
            Node = new ManagedServiceNode(new ServiceNodeOptions { Pop = Pop, Node = 0, Incarnation = 1, Flows = 512, Segments = 4, Start = SaseTests.Pop.Start });
            Node.Configure([Make(Acme), Make(Globex)]);
            Assert.True(Node.TryActivate(0, Epoch.None.Next(0)));
            _gateways = [.. Enumerable.Range(0, 2).Select(number => new CloudGateway(new CloudGatewayOptions { Pop = Pop, Gateway = number, Segments = [new GatewaySegment(Acme, 0), new GatewaySegment(Globex, 0)], Start = SaseTests.Pop.Start }))];
            foreach (CloudGateway gateway in _gateways)
            {
                gateway.NodeUp(0);
                gateway.SetOwner(0, Node.EpochOf(0));
                gateway.Advance(SaseTests.Pop.Start);
            }
        }

        public PopOptions Pop { get; }

        public ManagedServiceNode Node { get; }

        public byte[] In(int gateway, uint vni, byte[] inner)
        {
            byte[] buffer = [.. new byte[Pop.Overhead], .. inner];
            SaseVerdict verdict = _gateways[gateway].ToNode(buffer, Pop.Overhead, inner.Length, vni);
            Assert.Equal(SaseAction.ToTunnel, verdict.Action);
            return buffer.AsSpan(verdict.Offset, verdict.Length).ToArray();
        }

        public SaseVerdict Through(byte[] packet, out byte[] result) => TunnelPackets.Offer(Node, Pop, packet, out result);

        public SaseVerdict Answer(byte[] packet, out byte[] result)
        {
            byte[] buffer = [.. new byte[Pop.Overhead], .. packet];
            SaseVerdict verdict = Node.FromUplink(buffer, Pop.Overhead, packet.Length, TunnelPackets.Now);
            result = buffer.AsSpan(verdict.Offset, verdict.Length).ToArray();
            return verdict;
        }

        public byte[] Out(int gateway, byte[] packet)
        {
            byte[] buffer = [.. packet];
            SaseVerdict verdict = _gateways[gateway].FromNode(buffer, 0, packet.Length);
            Assert.Equal((SaseAction.ToTenant, Acme), (verdict.Action, verdict.Segment));
            return buffer.AsSpan(verdict.Offset, verdict.Length).ToArray();
        }

        public void Dispose()
        {
            Node.Dispose();
            Array.ForEach(_gateways, gateway => gateway.Dispose());
        }
    }
}
