using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.Packets;
using static Weft.Conformance.MeshTests.MeshTestBed;

namespace Weft.Conformance.MeshTests;

/// <summary>What is damaged, forged or out of order goes nowhere, is counted, and changes nothing.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class MeshHostileTests : IDisposable
{
    private static readonly MeshEndpoint Client = new(Address4(0), 40000);
    private static readonly MeshEndpoint Service = new(Address4(1), 8080);

    private readonly MeshTranslator _translator = new(Plan(0), Options);

    public static TheoryData<string, MeshSide> FromTheWire => new()
    {
        { "127.0.0.1 > 198.18.0.1", MeshSide.Network },
        { "198.18.0.2 > 127.64.0.9", MeshSide.Network },
        { "127.64.0.5 > 198.18.0.1", MeshSide.Network },
        { "fd6d:6573:6800::5 > 2001:db8::1", MeshSide.Network },
        { "2001:db8::2 > ::1", MeshSide.Network },
        { "127.64.0.5 > 127.112.0.1", MeshSide.Application },
        { "198.18.0.1 > 127.80.0.65", MeshSide.Application },
    };

    public void Dispose() => _translator.Dispose();

    [Theory]
    [MemberData(nameof(FromTheWire))]
    public void An_address_that_no_wire_may_have_is_dropped_and_never_translated(string ends, MeshSide side)
    {
        byte[] packet = TcpPacket(End(ends.Split(" > ")[0], 40000), End(ends.Split(" > ")[1], 8080), TcpFlags.Syn);
        Drops(packet, side, MeshDropReason.LoopbackLeak);
        Assert.Equal(0, _translator.Count);
    }

    [Theory]
    [InlineData("127.64.99.5 > 127.112.0.1", MeshDropReason.SpoofedLoopback)]
    [InlineData("127.0.0.1 > 127.112.0.1", MeshDropReason.SpoofedLoopback)]
    [InlineData("198.18.0.1 > 127.112.0.1", MeshDropReason.NoRecord)]
    public void A_source_on_the_agents_side_that_stands_for_nobody_reaches_no_application(string ends, MeshDropReason reason) =>
        Drops(TcpPacket(End(ends.Split(" > ")[0], 40000), End(ends.Split(" > ")[1], 8080), TcpFlags.Syn), MeshSide.Agent, reason);

    [Fact]
    public void The_agent_reaches_no_port_that_the_machine_does_not_serve()
    {
        var from = new MeshEndpoint(_translator.Plan.RestoreSources[0].Loopback, 40000);
        Drops(TcpPacket(from, new MeshEndpoint(_translator.Plan.RestoreDestinations[0].Loopback, 22), TcpFlags.Syn), MeshSide.Agent, MeshDropReason.NoRecord);
    }

    [Theory]
    [InlineData("header length of four words")]
    [InlineData("total length past the end")]
    [InlineData("total length shorter than the header")]
    [InlineData("header cut off")]
    [InlineData("TCP offset of four words")]
    [InlineData("TCP offset past the end")]
    [InlineData("TCP header cut off")]
    [InlineData("version 5")]
    public void A_packet_that_contradicts_itself_is_dropped_as_it_is(string what)
    {
        byte[] packet = TcpPacket(Client, Service, TcpFlags.Syn);
        switch (what)
        {
            case "header length of four words": packet[0] = 0x44; break;
            case "total length past the end": packet[3]++; break;
            case "total length shorter than the header": packet[3] = 10; break;
            case "header cut off": packet = packet[..19]; break;
            case "TCP offset of four words": packet[32] = 0x40; break;
            case "TCP offset past the end": packet[32] = 0xF0; break;
            case "TCP header cut off": packet = packet[..30]; packet[3] = 30; break;
            default: packet[0] = 0x55; break;
        }

        byte[] before = [.. packet];
        _ = PacketLayout.TryParseNetwork(packet, EtherType.IPv4, out PacketLayout layout);
        Assert.Equal(new MeshVerdict(MeshAction.Drop, MeshDropReason.Malformed), _translator.Process(packet, in layout, MeshSide.Application, Start));
        Assert.Equal(before, packet);
    }

    [Theory]
    [InlineData(0x2000, 20)]
    [InlineData(0x2000, 0)]
    [InlineData(0x0001, 20)]
    [InlineData(0x2003, 20)]
    public void A_fragment_between_machines_of_the_mesh_is_dropped_first_or_later(int fragmentField, int octets)
    {
        byte[] packet = TcpPacket(Client, Service, TcpFlags.Syn)[..(20 + octets)];
        packet[3] = (byte)packet.Length;
        packet[6] = (byte)(fragmentField >> 8);
        packet[7] = (byte)fragmentField;
        PacketLayout layout = LayOut(packet);
        MeshVerdict verdict = _translator.Process(packet, in layout, MeshSide.Application, Start);
        Assert.Equal(MeshAction.Drop, verdict.Action);
        Assert.Contains(verdict.Reason, (MeshDropReason[])[MeshDropReason.Fragment, MeshDropReason.Malformed]);
    }

    [Fact]
    public void IPv4_options_are_carried_along()
    {
        byte[] plain = TcpPacket(Client, Service, TcpFlags.Syn);
        byte[] packet = [.. plain[..20], 1, 1, 1, 0, .. plain[20..]];
        packet[0] = 0x46;
        packet[3] += 4;
        packet[10] = packet[11] = 0;
        ushort sum = InternetChecksum.Compute(packet.AsSpan(0, 24));
        packet[10] = (byte)(sum >> 8);
        packet[11] = (byte)sum;
        Assert.Equal(MeshAction.Redirected, Process(_translator, packet, MeshSide.Application).Action);
        Assert.True(AddsUp(packet));
    }

    [Theory]
    [InlineData(1, MeshAction.Redirected)]
    [InlineData(9, MeshAction.Drop)]
    public void IPv6_extension_headers_are_carried_along_up_to_a_number(int headers, MeshAction expected)
    {
        byte[] plain = TcpPacket(new MeshEndpoint(Address6(0), 40000), new MeshEndpoint(Address6(1), 8080), TcpFlags.Syn);
        byte[] options = [.. Enumerable.Range(1, headers).SelectMany(at => (byte[])[at == headers ? (byte)IpProtocol.Tcp : (byte)60, 0, 1, 4, 0, 0, 0, 0])];
        byte[] packet = [.. plain[..40], .. options, .. plain[40..]];
        packet[6] = 60; // destination options
        packet[5] += (byte)options.Length;
        Assert.Equal(expected, Process(_translator, packet, MeshSide.Application).Action);
        Assert.True(expected == MeshAction.Drop || AddsUp(packet));
    }

    [Theory]
    [InlineData(TcpFlags.Ack)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack)]
    [InlineData(TcpFlags.Rst)]
    [InlineData(TcpFlags.Fin | TcpFlags.Ack)]
    [InlineData(TcpFlags.Syn | TcpFlags.Fin)]
    [InlineData(TcpFlags.None)]
    public void A_segment_in_the_middle_of_nothing_never_leaves_in_the_clear(TcpFlags flags)
    {
        Drops(TcpPacket(Client, Service, flags), MeshSide.Application, MeshDropReason.NoRecord);
        Drops(TcpPacket(new MeshEndpoint(Address4(0), 8080), new MeshEndpoint(Address4(1), 50000), flags), MeshSide.Application, MeshDropReason.NoRecord);
    }

    [Fact]
    public void A_flood_of_new_connections_fills_the_table_and_harms_none_that_lives()
    {
        _ = Process(_translator, TcpPacket(Client, Service, TcpFlags.Syn), MeshSide.Application);
        for (int port = 1; port <= 2000; port++)
        {
            _ = Process(_translator, TcpPacket(Client with { Port = (ushort)port }, Service, TcpFlags.Syn), MeshSide.Application);
        }

        Assert.Equal(Options.IPv4Flows, _translator.Count);
        Assert.Equal(2001 - Options.IPv4Flows, _translator.Counters.TableFull);
        Assert.Equal(MeshAction.Redirected, Process(_translator, TcpPacket(Client, Service, TcpFlags.Ack), MeshSide.Application).Action);
    }

    [Theory]
    [InlineData(false, MeshAction.Drop)]
    [InlineData(true, MeshAction.Pass)]
    public void A_service_is_reached_past_the_mesh_only_where_that_is_allowed(bool allowed, MeshAction expected)
    {
        using var translator = new MeshTranslator(Plan(0), Options with { AllowPlaintext = allowed });
        byte[] packet = TcpPacket(new MeshEndpoint(Address4(1), 40000), new MeshEndpoint(Address4(0), 8080), TcpFlags.Syn);
        Assert.Equal(expected, Process(translator, packet, MeshSide.Network).Action);
        Assert.Equal(allowed ? 0 : 1, translator.Counters.Plaintext);
        Assert.Equal(MeshAction.Pass, Process(translator, TcpPacket(new MeshEndpoint(Address4(1), 40000), new MeshEndpoint(Address4(0), 22), TcpFlags.Syn), MeshSide.Network).Action);
        Assert.Equal(MeshAction.Pass, Process(translator, TcpPacket(new MeshEndpoint(Address4(1), 40000), new MeshEndpoint(Address4(0), 15443), TcpFlags.Syn), MeshSide.Network).Action);
    }

    [Fact]
    public void The_agents_own_connections_are_not_redirected()
    {
        Assert.Equal(MeshAction.Pass, Process(_translator, TcpPacket(new MeshEndpoint(Address4(0), 40000), new MeshEndpoint(Address4(1), 15443), TcpFlags.Syn), MeshSide.Agent).Action);
        Assert.Equal(MeshAction.Pass, Process(_translator, TcpPacket(Client, Service, TcpFlags.Syn), MeshSide.Agent).Action);
    }

    [Fact]
    public void Whatever_bytes_come_nothing_throws_and_each_packet_is_counted_once()
    {
        Arbitrary<(byte[] Bytes, int Side, bool IsIPv4)> anything = Arb.From(
            from seed in Gen.Elements(
                TcpPacket(Client, Service, TcpFlags.Syn),
                UdpPacket(new MeshEndpoint(Address6(0), 40000), new MeshEndpoint(Address6(1), 53)),
                Error(Address4(0), Address4(1), TcpPacket(Service, Client, TcpFlags.Ack)),
                Error(Address6(0), Address6(1), UdpPacket(new MeshEndpoint(Address6(1), 53), new MeshEndpoint(Address6(0), 40000))))
            from length in Gen.Choose(0, seed.Length)
            from changes in (from at in Gen.Choose(0, seed.Length - 1) from value in Gen.Choose(0, 255) select (at, value)).ListOf(3)
            from side in Gen.Choose(0, 2)
            from cut in Gen.Choose(0, 3)
            select (Change(seed, changes, cut == 0 ? length : seed.Length), side, seed[0] >> 4 == 4));
        long packets = 0;
        Prop.ForAll(anything, draw =>
        {
            byte[] before = [.. draw.Bytes];
            _ = PacketLayout.TryParseNetwork(draw.Bytes, draw.IsIPv4 ? EtherType.IPv4 : EtherType.IPv6, out PacketLayout layout);
            MeshVerdict verdict = _translator.Process(draw.Bytes, in layout, (MeshSide)draw.Side, Start);
            packets++;
            bool unchanged = draw.Bytes.AsSpan().SequenceEqual(before);
            MeshCounters counters = _translator.Counters;
            return (verdict.Action is MeshAction.Pass or MeshAction.Drop ? unchanged : draw.Side != (int)MeshSide.Network)
                && packets == counters.Passed + counters.Redirected + counters.Unredirected + counters.Restored + counters.Unrestored + counters.Dropped;
        }).Check(Chance.Of(20_000));
    }

    private static byte[] Change(byte[] seed, IEnumerable<(int At, int Value)> changes, int length)
    {
        byte[] bytes = [.. seed];
        foreach ((int at, int value) in changes)
        {
            bytes[at] = (byte)value;
        }

        return bytes[..length];
    }

    private static MeshEndpoint End(string address, ushort port)
    {
        Assert.True(MeshAddress.TryParse(address, out IPv6Address parsed));
        return new MeshEndpoint(parsed, port);
    }

    private void Drops(byte[] packet, MeshSide side, MeshDropReason reason)
    {
        byte[] before = [.. packet];
        Assert.Equal(new MeshVerdict(MeshAction.Drop, reason), Process(_translator, packet, side));
        Assert.Equal(before, packet);
    }
}
