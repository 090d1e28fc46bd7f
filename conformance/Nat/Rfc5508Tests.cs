using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>What RFC 5508 asks of a NAT for ICMP, and RFC 6888 of one that many share.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class Rfc5508Tests
{
    [Fact]
    public void Rfc5508_Req1_Queries_are_mapped_by_identifier_whoever_is_asked()
    {
        using NatEngine engine = Make();
        byte[] request = Echo(Web, Remote, 321);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(request, Network, Start).Action);
        ushort identifier = Flow(request).SourcePort;
        byte[] other = Echo(Web, OtherRemote, 321);
        _ = engine.TranslateOutbound(other, Network, Start);
        Assert.Equal(identifier, Flow(other).SourcePort);

        byte[] reply = Echo(Remote, Shared, identifier, reply: true);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(reply, redirected: false, Start).Action);
        Assert.Equal(new FlowKey4(Remote, Web, IpProtocol.Icmp, 0, 321), Flow(reply));
    }

    [Theory]
    [InlineData(59.9, true)]
    [InlineData(60, false)]
    public void Rfc5508_Req2_A_query_waits_sixty_seconds(double seconds, bool lives)
    {
        using NatEngine engine = Make();
        byte[] request = Echo(Web, Remote, 321);
        _ = engine.TranslateOutbound(request, Network, Start);
        byte[] reply = Echo(Remote, Shared, Flow(request).SourcePort, reply: true);
        Assert.Equal(lives, engine.TranslateInbound(reply, redirected: false, Start + TimeSpan.FromSeconds(seconds)).Action == NatAction.Translated);
    }

    [Fact]
    public void Rfc5508_Req3_An_error_with_a_wrong_checksum_of_its_own_or_of_the_embedded_header_is_dropped()
    {
        using NatEngine engine = Make();
        byte[] sent = Udp(Web, 5000, Remote, 53);
        _ = engine.TranslateOutbound(sent, Network, Start);
        byte[] damaged = Error(Remote, Shared, sent);
        damaged[22] ^= 1;
        Assert.Equal(NatDropReason.BadIcmpError, engine.TranslateInbound(damaged, redirected: false, Start).Reason);
        sent[10] ^= 1;
        Assert.Equal(NatDropReason.BadIcmpError, engine.TranslateInbound(Error(Remote, Shared, sent), redirected: false, Start).Reason);
        sent[10] ^= 1;
        sent[26] ^= 1; // the embedded transport checksum does not matter (REQ-3c)
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(Error(Remote, Shared, sent), redirected: false, Start).Action);
    }

    [Fact]
    public void Rfc5508_Req3b_Options_of_the_embedded_header_are_stepped_over()
    {
        using NatEngine engine = Make();
        byte[] sent = Udp(Web, 5000, Remote, 53);
        _ = engine.TranslateOutbound(sent, Network, Start);
        byte[] payload = sent[20..];
        byte[] options = [7, 7, 4, 0, 0, 0, 0, 0];
        byte[] withOptions = new byte[28 + payload.Length];
        _ = new IPv4Header { Source = Shared, Destination = Remote, Protocol = IpProtocol.Udp, PayloadLength = payload.Length }.Write(withOptions, options);
        payload.CopyTo(withOptions, 28);
        byte[] error = Error(Remote, Shared, withOptions);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
        Assert.Equal(new FlowKey4(Web, Remote, IpProtocol.Udp, 5000, 53), About(error));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(20)]
    public void Rfc5508_Req4_and_5_An_error_about_a_flow_reaches_the_machine_with_its_own_endpoint_inside(int octets)
    {
        using NatEngine engine = Make();
        foreach (byte[] packet in (byte[][])[Udp(Web, 5000, Remote, 53), Udp(Web, 5001, Remote, 53, checksum: false), Tcp(Web, 5002, Remote, 80, TcpFlags.Syn), Echo(Web, Remote, 5003)])
        {
            FlowKey4 before = Flow(packet);
            byte[] original = [.. packet];
            Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
            byte[] error = Error(OtherRemote, Shared, packet, octets);
            Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
            Assert.Equal(before, About(error));
            Assert.True(IPv4View.TryParse(error, out IPv4View view) && view.Destination == Web && view.Source == OtherRemote);
            Assert.Equal(original.AsSpan(0, 20 + octets), error.AsSpan(28, 20 + octets)); // what the machine sent, to the bit
        }
    }

    [Fact]
    public void Rfc5508_Req4_An_error_about_nothing_known_is_dropped()
    {
        using NatEngine engine = Make();
        byte[] never = Udp(Shared, 2050, Remote, 53);
        Assert.Equal(NatDropReason.NoMapping, engine.TranslateInbound(Error(Remote, Shared, never), redirected: false, Start).Reason);
        byte[] inside = Udp(Remote, 53, Web, 5000);
        Assert.Equal(NatDropReason.NoMapping, engine.TranslateOutbound(Error(Web, Remote, inside), Network, Start).Reason);
    }

    [Fact]
    public void Rfc5508_Req5c_An_error_from_inside_has_the_shared_address_as_its_source()
    {
        using NatEngine engine = Make();
        ushort port = Open(engine, Web, 5000, Remote, 53, Start);
        byte[] arrived = Udp(Remote, 53, Shared, port);
        byte[] asSent = [.. arrived];
        _ = engine.TranslateInbound(arrived, redirected: false, Start);
        byte[] error = Error(IPv4Address.Parse("10.0.0.254"), Remote, arrived, code: 3, rest: 0);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(error, Network, Start).Action);
        Assert.Equal(new FlowKey4(Remote, Shared, IpProtocol.Udp, 53, port), About(error));
        Assert.Equal(asSent.AsSpan(0, 28), error.AsSpan(28, 28));
        Assert.True(IPv4View.TryParse(error, out IPv4View view) && view.Source == Shared);
    }

    [Fact]
    public void Rfc5508_Req6_An_error_refreshes_nothing()
    {
        using NatEngine engine = Make();
        byte[] sent = Udp(Web, 5000, Remote, 53);
        _ = engine.TranslateOutbound(sent, Network, Start);
        _ = engine.TranslateInbound(Error(Remote, Shared, sent), redirected: false, Start + TimeSpan.FromSeconds(299));
        Assert.False(Reaches(engine, Remote, 53, Flow(sent).SourcePort, Start + TimeSpan.FromSeconds(300)));
    }

    [Fact]
    public void Rfc5508_Req7_An_error_between_machines_is_turned_round_like_their_packets()
    {
        using NatEngine engine = Make();
        ushort web = Open(engine, Web, 5000, Remote, 53, Start);
        ushort database = Open(engine, Database, 6000, Remote, 53, Start);
        byte[] packet = Udp(Web, 5000, Shared, database);
        _ = engine.TranslateOutbound(packet, Network, Start);
        Assert.Equal(new FlowKey4(Shared, Database, IpProtocol.Udp, web, 6000), Flow(packet));
        byte[] error = Error(Database, Shared, packet, code: 3, rest: 0);
        Assert.Equal(NatAction.Hairpinned, engine.TranslateOutbound(error, Network, Start).Action);
        Assert.Equal(new FlowKey4(Web, Shared, IpProtocol.Udp, 5000, database), About(error));
        Assert.True(IPv4View.TryParse(error, out IPv4View view) && (view.Source, view.Destination) == (Shared, Web));
    }

    [Fact]
    public void Rfc5508_Req8_and_Rfc6888_Req11_Without_resources_the_machine_is_told_and_nobody_is_evicted()
    {
        using NatEngine engine = Make(Options, new PortBlock(Shared, 2048, 1));
        ushort first = Open(engine, Web, 5000, Remote, 53, Start);
        _ = Open(engine, Web, 5001, Remote, 53, Start);
        byte[] refused = Udp(Web, 5002, Remote, 53);
        NatVerdict verdict = engine.TranslateOutbound(refused, Network, Start);
        Assert.True(verdict.ErrorDue);
        byte[] error = new byte[NatEngine.MaxErrorLength];
        error = error[..engine.WriteError(refused, error)];
        Assert.Equal(new FlowKey4(Web, Remote, IpProtocol.Udp, 5002, 53), About(error));
        Assert.True(IPv4View.TryParse(error, out IPv4View view) && IcmpView.TryParse(view.Payload, out IcmpView icmp) && (icmp.Type, icmp.Code) == (IcmpType.DestinationUnreachable, 13));
        Assert.Equal(Web, view.Destination);
        Assert.True(Reaches(engine, Remote, 53, first, Start));

        var events = new NatEvent[8];
        int count = engine.DrainEvents(events);
        Assert.Contains(events[..count], happened => happened is { Kind: NatEventKind.PortsExhausted } && happened.Inside == Web);
    }

    [Fact]
    public void Rfc6888_Req4_A_machine_has_a_limit_for_each_protocol_and_others_are_not_affected()
    {
        using NatEngine engine = Make(Options with { MappingsPerMachine = 2 });
        _ = Open(engine, Web, 1, Remote, 53, Start);
        _ = Open(engine, Web, 2, Remote, 53, Start);
        Assert.Equal(NatDropReason.QuotaExceeded, engine.TranslateOutbound(Udp(Web, 3, Remote, 53), Network, Start).Reason);
        Assert.Equal(NatAction.Translated, SendTcp(engine, 3, 80, TcpFlags.Syn, Start, out _).Action);
        _ = Open(engine, Database, 3, Remote, 53, Start);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(Udp(Web, 3, Remote, 53), 9, Start).Action); // another network
    }

    [Fact]
    public void Rfc6888_Req5_A_machine_has_a_limit_of_sessions()
    {
        using NatEngine engine = Make(Options with { SessionsPerMachine = 2 });
        _ = SendTcp(engine, 5000, 1, TcpFlags.Syn, Start, out _);
        _ = SendTcp(engine, 5000, 2, TcpFlags.Syn, Start, out _);
        byte[] third = Tcp(Web, 5000, Remote, 3, TcpFlags.Syn);
        Assert.Equal(NatDropReason.QuotaExceeded, engine.TranslateOutbound(third, Network, Start).Reason);
    }

    [Fact]
    public void Rfc6888_Req8_A_port_rests_for_two_minutes_before_it_is_used_again()
    {
        using NatEngine engine = Make(Options, new PortBlock(Shared, 2048, 1));
        _ = Open(engine, Web, 5000, Remote, 53, Start);
        _ = Open(engine, Web, 5001, Remote, 53, Start);
        Timestamp ended = Start + TimeSpan.FromSeconds(301);
        Assert.Equal(2, engine.Advance(ended, 100));
        Assert.Equal(NatDropReason.PortsExhausted, engine.TranslateOutbound(Udp(Web, 1, Remote, 53), Network, ended + TimeSpan.FromSeconds(119.9)).Reason);
        Assert.True(engine.TryGetBlock(new PortBlock(Shared, 2048, 1), ended, out PortBlockState state));
        Assert.Equal((0, 0, 2, false), (state.Free, state.Used, state.Resting, state.IsIdle));
        _ = Open(engine, Web, 1, Remote, 53, ended + TimeSpan.FromSeconds(160));
    }

    [Theory]
    [InlineData(NatLogging.Blocks, 1)]
    [InlineData(NatLogging.Mappings, 3)]
    [InlineData(NatLogging.Sessions, 4)]
    public void Rfc6888_Req12_and_14_Destinations_are_not_logged_by_default_and_blocks_are(NatLogging logging, int count)
    {
        using NatEngine engine = Make(Options with { Logging = logging });
        _ = SendTcp(engine, 5000, 80, TcpFlags.Syn, Start, out ushort port);
        var events = new NatEvent[8];
        Assert.Equal(count, engine.DrainEvents(events));
        Assert.Equal((NatEventKind.BlockAllocated, Shared, 2048, 3071), (events[0].Kind, events[0].Outside, events[0].OutsidePort, events[0].OutsideLastPort));
        Assert.All(events[1..3], happened => Assert.Equal(default, happened.Remote));
        if (count > 1)
        {
            Assert.Equal((NatEventKind.AddressBound, Web, Shared), (events[1].Kind, events[1].Inside, events[1].Outside));
            Assert.Equal((NatEventKind.MappingCreated, Web, port), (events[2].Kind, events[2].Inside, events[2].OutsidePort));
        }

        if (count == 4)
        {
            Assert.Equal((NatEventKind.SessionCreated, Remote, port), (events[3].Kind, events[3].Remote, events[3].OutsidePort));
        }
    }

    [Fact]
    public void Rfc6888_Req15_Ports_cannot_be_guessed_from_those_before()
    {
        using NatEngine engine = Make();
        ushort[] ports = [.. Enumerable.Range(0, 200).Select(i => Open(engine, Web, (ushort)(3000 + i), Remote, 53, Start))];
        int near = ports.Zip(ports.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) <= 2);
        Assert.InRange(near, 0, 8);
    }

    [Fact]
    public void Rfc6864_Section5_3_1_Identifications_of_machines_behind_one_address_do_not_collide()
    {
        using NatEngine engine = Make();
        var seen = new HashSet<ushort>();
        for (int i = 0; i < 1000; i++)
        {
            byte[] packet = Udp(i % 2 == 0 ? Web : Database, 5000, Remote, 53, dontFragment: false, id: (ushort)(i / 2));
            _ = engine.TranslateOutbound(packet, Network, Start);
            Assert.True(IPv4View.TryParse(packet, out IPv4View view) && view.IsChecksumValid);
            Assert.True(seen.Add(view.Identification));
        }
    }
}
