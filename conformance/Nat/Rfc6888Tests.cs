using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>What RFC 6888 asks of a NAT that many subscribers share, and RFC 7857 of any, as far as the older lists do not.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class Rfc6888Tests
{
    [Fact]
    public void Rfc6888_Req3_The_pool_may_be_of_addresses_and_ports_that_are_nowhere_near_each_other()
    {
        PortBlock far = new(IPv4Address.Parse("203.0.113.200"), 32768, 1);
        using NatEngine engine = Make(Options with { Pooling = PoolingBehavior.Arbitrary }, new PortBlock(Shared, 1024, 1), far, new PortBlock(OtherShared, 60000, 1));
        var seen = new HashSet<IPv4Address>();
        for (int i = 0; i < 6; i++)
        {
            byte[] packet = Udp(Web, (ushort)(i + 1), Remote, 53);
            Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
            _ = seen.Add(Flow(packet).Source);
        }

        Assert.Equal(3, seen.Count);
    }

    [Fact]
    public void Rfc6888_Req4C_and_5B_A_machine_begins_only_so_many_flows_in_a_second_and_others_are_not_affected()
    {
        using NatEngine engine = Make(Options with { NewFlowsPerSecond = 5 });
        for (int i = 0; i < 20; i++)
        {
            NatVerdict verdict = engine.TranslateOutbound(Tcp(Web, (ushort)(i + 1), Remote, 80, TcpFlags.Syn), Network, Start);
            Assert.Equal(i < 5 ? NatDropReason.None : NatDropReason.QuotaExceeded, verdict.Reason);
        }

        _ = Open(engine, Database, 1, Remote, 53, Start);
        _ = Open(engine, Web, 100, Remote, 53, Start + TimeSpan.FromSeconds(1));
        Assert.Equal(15, engine.Counters.QuotaExceeded);
    }

    [Fact]
    public void Rfc6888_Req7_Filtering_is_endpoint_independent_unless_asked_otherwise()
    {
        using NatEngine engine = Make();
        Assert.True(Reaches(engine, OtherRemote, 9, Open(engine, Web, 1, Remote, 53, Start), Start));
        Assert.Equal(NatBehavior.Transparent, new NatOptions { Seed = default }.Udp);
    }

    [Theory]
    [InlineData(13)] // RFC 5508 REQ-8
    [InlineData(1)] // RFC 6888 REQ-11B
    public void Rfc6888_Req11_The_refusal_names_the_code_that_was_chosen_and_is_counted_and_reported(byte code)
    {
        using NatEngine engine = Make(Options with { RefusalCode = code }, new PortBlock(Shared, 2048, 1));
        ushort first = Open(engine, Web, 1, Remote, 53, Start);
        _ = Open(engine, Web, 2, Remote, 53, Start);
        byte[] refused = Udp(Web, 3, Remote, 53);
        NatVerdict verdict = engine.TranslateOutbound(refused, Network, Start);
        Assert.Equal((NatDropReason.PortsExhausted, true), (verdict.Reason, verdict.ErrorDue));
        byte[] error = new byte[NatEngine.MaxErrorLength];
        Assert.True(IPv4View.TryParse(error.AsSpan(0, engine.WriteError(refused, error)), out IPv4View view));
        Assert.True(IcmpView.TryParse(view.Payload, out IcmpView icmp) && icmp.IsChecksumValid);
        Assert.Equal((IcmpType.DestinationUnreachable, code, Web), (icmp.Type, icmp.Code, view.Destination));
        Assert.Equal(1, engine.Counters.PortsExhausted);
        var events = new NatEvent[8];
        Assert.Contains(NatEventKind.PortsExhausted, events[..engine.DrainEvents(events)].Select(happened => happened.Kind));
        Assert.True(Reaches(engine, Remote, 53, first, Start));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NatEngine(Options with { RefusalCode = 3 }));
    }

    [Fact]
    public void Rfc6888_Req13_Every_port_of_a_block_is_used_before_one_is_refused()
    {
        using NatEngine engine = Make();
        HashSet<ushort> ports = [.. Enumerable.Range(0, Block.Size).Select(i => Open(engine, Web, (ushort)(2000 + i), Remote, 53, Start))];
        Assert.Equal(Block.Size, ports.Count);
        Assert.Equal(NatDropReason.PortsExhausted, engine.TranslateOutbound(Udp(Web, 1, Remote, 53), Network, Start).Reason);
    }

    [Fact]
    public void Rfc8158_Section5_A_block_that_runs_low_is_reported_once()
    {
        using NatEngine engine = Make();
        var events = new NatEvent[8];
        _ = engine.DrainEvents(events);
        for (int i = 0; i < Block.Size; i++)
        {
            _ = Open(engine, Web, (ushort)(2000 + i), Remote, 53, Start);
            Assert.Equal(i == Block.Size - Block.Size / 8 ? 1 : 0, engine.DrainEvents(events));
        }

        Assert.Equal((NatEventKind.ThresholdReached, Block.First), (events[0].Kind, events[0].OutsidePort));
    }

    [Fact]
    public void Rfc7857_Section2_1_Opening_and_closing_connections_have_idle_times_of_their_own()
    {
        using NatEngine engine = Make(Options with { Timeouts = new NatTimeouts { TcpOpening = TimeSpan.FromSeconds(30) } });
        _ = SendTcp(engine, 1, 80, TcpFlags.Syn, Start, out ushort opening);
        _ = SendTcp(engine, 2, 80, TcpFlags.Syn, Start, out ushort closing);
        _ = ReceiveTcp(engine, 80, closing, TcpFlags.Syn | TcpFlags.Ack, Start);
        _ = ReceiveTcp(engine, 80, closing, TcpFlags.Rst, Start);
        Timestamp later = Start + TimeSpan.FromSeconds(31);
        Assert.NotEqual(NatAction.Translated, ReceiveTcp(engine, 80, opening, TcpFlags.Syn | TcpFlags.Ack, later).Action);
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, closing, TcpFlags.Ack, later).Action);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NatEngine(Options with { Timeouts = new NatTimeouts { TcpTransitory = TimeSpan.FromSeconds(239) } }));
    }

    [Fact]
    public void Rfc7857_Section4_Paired_pooling_holds_for_all_protocols_of_a_machine()
    {
        using NatEngine engine = Make(Options, new PortBlock(Shared, 2048, 4), new PortBlock(OtherShared, 2048, 4));
        byte[][] packets = [Udp(Web, 1, Remote, 53), Tcp(Web, 2, Remote, 80, TcpFlags.Syn), Echo(Web, Remote, 3)];
        Assert.Single(packets.Select(packet =>
        {
            Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
            return Flow(packet).Source;
        }).Distinct());
    }

    [Fact]
    public void Rfc7857_Section7_1_Neither_an_error_nor_a_Rst_that_answers_something_keeps_a_mapping_alive()
    {
        using NatEngine engine = Make();
        ushort port = Open(engine, Web, 1, Remote, 53, Start);
        Timestamp late = Start + TimeSpan.FromSeconds(299);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(Error(Web, Remote, Udp(Remote, 53, Web, 1), code: 3), Network, late).Action);
        Assert.False(Reaches(engine, Remote, 53, port, late + TimeSpan.FromSeconds(2)));

        _ = SendTcp(engine, 1, 80, TcpFlags.Syn, Start, out ushort tcp);
        _ = SendTcp(engine, 1, 80, TcpFlags.Rst, Start, out _);
        _ = SendTcp(engine, 1, 80, TcpFlags.Rst, Start + TimeSpan.FromSeconds(200), out _);
        Assert.NotEqual(NatAction.Translated, ReceiveTcp(engine, 80, tcp, TcpFlags.Ack, Start + TimeSpan.FromSeconds(241)).Action);
    }

    [Fact]
    public void Rfc7857_Section8_Parity_can_be_left_alone()
    {
        using NatEngine engine = Make(Options with { PreserveParity = false });
        bool[] same = [.. Enumerable.Range(0, 64).Select(i => ((Open(engine, Web, (ushort)(2000 + i), Remote, 53, Start) ^ i) & 1) == 0)];
        Assert.Contains(true, same);
        Assert.Contains(false, same);
    }

    [Fact]
    public void Rfc4787_Req7_A_remote_may_have_the_address_of_a_machine_and_two_networks_the_same_machines()
    {
        using NatEngine engine = Make();
        ushort port = Open(engine, Web, 1, Database, 53, Start);
        ushort other = Open(engine, Web, 1, Database, 53, Start, network: 8);
        Assert.NotEqual(port, other);
        byte[] answer = Udp(Database, 53, Shared, other);
        Assert.Equal((NatAction.Translated, 8u), (engine.TranslateInbound(answer, redirected: false, Start) is var verdict ? (verdict.Action, verdict.Scope) : default));
        _ = Open(engine, Database, 53, Web, 1, Start);
    }

    [Fact]
    public void Rfc5382_Req7_No_two_machines_share_a_port()
    {
        using NatEngine engine = Make();
        var ports = new HashSet<ushort>();
        for (int i = 0; i < 500; i++)
        {
            byte[] packet = Tcp(i % 2 == 0 ? Web : Database, (ushort)(5000 + i / 2), new IPv4Address(Remote.Value + (uint)i), 80, TcpFlags.Syn);
            Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
            Assert.True(ports.Add(Flow(packet).SourcePort));
        }
    }

    [Fact]
    public void Rfc5508_Req2a_The_time_of_queries_can_be_set_but_not_below_sixty_seconds()
    {
        using NatEngine engine = Make(Options with { Timeouts = new NatTimeouts { Icmp = TimeSpan.FromSeconds(90) } });
        byte[] query = Echo(Web, Remote, 5);
        _ = engine.TranslateOutbound(query, Network, Start);
        byte[] reply = Echo(Remote, Shared, Flow(query).SourcePort, reply: true);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(reply, redirected: false, Start + TimeSpan.FromSeconds(89)).Action);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NatEngine(Options with { Timeouts = new NatTimeouts { Icmp = TimeSpan.FromSeconds(59) } }));
    }

    [Fact]
    public void Rfc5508_Req3c_and_3d_The_embedded_transport_checksum_is_not_looked_at_and_extensions_pass()
    {
        using NatEngine engine = Make();
        byte[] sent = Udp(Web, 5000, Remote, 53, payload: 200);
        _ = engine.TranslateOutbound(sent, Network, Start);
        sent[27] ^= 0x55; // the UDP checksum
        byte[] error = Error(Remote, Shared, sent, octets: 108 + 16); // 128 octets of the datagram, then what RFC 4884 calls an extension
        error[28 - 8 + 5] = 32; // its length field, in words
        Put(error.AsSpan(20), 2, 0);
        Put(error.AsSpan(20), 2, InternetChecksum.Compute(error.AsSpan(20)));
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
        Assert.Equal((Web, 5000), (About(error).Source, About(error).SourcePort));
    }

    [Fact]
    public void Rfc5508_Req9_A_translator_that_shall_say_nothing_says_nothing()
    {
        using NatEngine engine = Make(Options with { ErrorsPerSecond = 0 }, new PortBlock(Shared, 2048, 1));
        _ = Open(engine, Web, 1, Remote, 53, Start);
        _ = Open(engine, Web, 2, Remote, 53, Start);
        Assert.False(engine.TranslateOutbound(Udp(Web, 3, Remote, 53), Network, Start).ErrorDue);
        _ = ReceiveTcp(engine, 80, 2048, TcpFlags.Syn, Start);
        Assert.False(engine.TryTakeError(new byte[NatEngine.MaxErrorLength], out _, Start + TimeSpan.FromSeconds(7)));
        Assert.Equal(2, engine.Counters.ErrorsLimited);
    }

    [Theory]
    [InlineData(IcmpType.DestinationUnreachable, 1)]
    [InlineData(IcmpType.TimeExceeded, 0)]
    [InlineData(IcmpType.ParameterProblem, 0)]
    public void Rfc5508_Req10_Errors_of_every_kind_are_translated_with_type_and_code_unchanged(IcmpType type, byte code)
    {
        using NatEngine engine = Make();
        byte[] sent = Udp(Web, 5000, Remote, 53);
        _ = engine.TranslateOutbound(sent, Network, Start);
        byte[] error = Error(OtherRemote, Shared, sent, type: type, code: code, rest: 0);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
        Assert.Equal(((byte)type, code), (error[20], error[21]));
    }

    [Theory]
    [InlineData(5)] // redirect
    [InlineData(9)] // router advertisement
    [InlineData(42)] // extended echo, RFC 8335
    public void Rfc5508_Req11_Messages_that_are_neither_query_nor_error_are_dropped_and_counted(byte type)
    {
        using NatEngine engine = Make();
        byte[] message = Echo(Web, Remote, 5);
        message[20] = type;
        Assert.Equal(NatDropReason.UnsupportedIcmp, engine.TranslateOutbound(message, Network, Start).Reason);
        Assert.Equal(1, engine.Counters.UnsupportedIcmp);
    }
}
