using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>Packets made to do harm, each by the name of the harm.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostilePacketTests
{
    [Theory]
    [InlineData(0x44, 48)] // header of 16 octets
    [InlineData(0x40, 48)]
    [InlineData(0x4F, 48)] // header of 60 octets in 48
    [InlineData(0x55, 48)] // version 5
    [InlineData(0x45, 19)] // total length below the header's
    [InlineData(0x45, 49)] // beyond the buffer
    [InlineData(0x45, 0)]
    public void A_header_whose_lengths_do_not_fit_is_malformed(byte first, int total)
    {
        using NatEngine engine = Make();
        byte[] packet = Udp(Web, 1, Remote, 53, payload: 20);
        packet[0] = first;
        Put(packet, 2, (ushort)total);
        Assert.Equal(NatDropReason.MalformedIPv4, engine.TranslateOutbound(packet, Network, Start).Reason);
        for (int length = 0; length < 20; length++)
        {
            Assert.Equal(NatDropReason.MalformedIPv4, engine.TranslateOutbound(packet.AsSpan(0, length), Network, Start).Reason);
        }
    }

    [Fact]
    public void Options_of_every_length_are_stepped_over()
    {
        using NatEngine engine = Make();
        for (int words = 0; words <= 10; words++)
        {
            byte[] plain = Udp(Web, 5000, Remote, 53);
            byte[] packet = new byte[plain.Length + words * 4];
            plain.AsSpan(0, 20).CopyTo(packet);
            packet.AsSpan(20, words * 4).Fill(1); // no operation
            plain.AsSpan(20).CopyTo(packet.AsSpan(20 + words * 4));
            packet[0] = (byte)(0x45 + words);
            Put(packet, 2, (ushort)packet.Length);
            Put(packet, 10, 0);
            Put(packet, 10, InternetChecksum.Compute(packet.AsSpan(0, 20 + words * 4)));
            Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
            Assert.True(AddsUp(packet));
        }
    }

    [Fact]
    public void Padding_behind_the_datagram_is_left_alone_and_out_of_every_checksum()
    {
        using NatEngine engine = Make();
        byte[] packet = [.. Udp(Web, 5000, Remote, 53), 0xDE, 0xAD, 0xBE];
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
        Assert.True(AddsUp(packet[..^3]));
        Assert.Equal([0xDE, 0xAD, 0xBE], packet[^3..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(200)]
    public void A_udp_length_that_does_not_fit_is_malformed(ushort length)
    {
        using NatEngine engine = Make();
        byte[] packet = Udp(Web, 1, Remote, 53);
        Put(packet, 24, length);
        Assert.Equal(NatDropReason.MalformedTransport, engine.TranslateOutbound(packet, Network, Start).Reason);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(15)]
    public void A_tcp_header_shorter_than_itself_or_longer_than_the_packet_is_malformed(int words)
    {
        using NatEngine engine = Make();
        byte[] packet = Tcp(Web, 1, Remote, 80, TcpFlags.Syn);
        packet[32] = (byte)(words << 4);
        Assert.Equal(NatDropReason.MalformedTransport, engine.TranslateOutbound(packet, Network, Start).Reason);
        byte[] cut = Datagram(Web, Remote, IpProtocol.Tcp, new byte[19], dontFragment: true);
        Assert.Equal(NatDropReason.MalformedTransport, engine.TranslateOutbound(cut, Network, Start).Reason);
    }

    [Fact]
    public void One_identification_from_many_senders_makes_datagrams_that_do_not_mix()
    {
        using NatEngine engine = Make();
        for (uint sender = 0; sender < 20; sender++)
        {
            byte[][] fragments = Fragments(Udp(new IPv4Address(Web.Value + sender), 5000, Remote, 53, payload: 60), 24, 3);
            _ = engine.TranslateOutbound(fragments[0], Network, Start);
            _ = engine.TranslateOutbound(fragments[1], Network, Start);
            Assert.True(IPv4View.TryParse(fragments[0], out IPv4View first) && IPv4View.TryParse(fragments[1], out IPv4View second)
                && first.Identification == second.Identification && first.Source == Shared && second.Source == Shared);
        }
    }

    [Fact]
    public void An_error_about_an_error_about_a_later_fragment_or_about_too_little_is_dropped()
    {
        using NatEngine engine = Make();
        byte[] sent = Udp(Web, 5000, Remote, 53, payload: 60);
        _ = engine.TranslateOutbound(sent, Network, Start);
        byte[] error = Error(Remote, Shared, sent);
        byte[] aboutError = Error(Remote, Shared, Error(Shared, Remote, sent), octets: 36);
        byte[] aboutFragment = Error(Remote, Shared, Fragments(sent, 24, 9)[1]);
        byte[] aboutNothing = Error(Remote, Shared, sent, octets: 0);
        byte[] aboutThreeOctets = Error(Remote, Shared, sent, octets: 3);
        foreach (byte[] hostile in (byte[][])[aboutError, aboutFragment, aboutNothing, aboutThreeOctets])
        {
            Assert.Equal(NatDropReason.BadIcmpError, engine.TranslateInbound(hostile, redirected: false, Start).Reason);
        }

        Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
    }

    [Fact]
    public void An_error_that_claims_an_absurd_mtu_is_passed_on_and_changes_nothing_here()
    {
        using NatEngine engine = Make();
        byte[] sent = Udp(Web, 5000, Remote, 53);
        _ = engine.TranslateOutbound(sent, Network, Start);
        byte[] error = Error(Remote, Shared, sent, rest: 20);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(Udp(Web, 5000, Remote, 53, payload: 1000), Network, Start).Action);
    }

    [Fact]
    public void Whoever_chooses_anothers_external_port_as_its_own_gets_none_of_its_packets()
    {
        using NatEngine engine = Make();
        ushort victim = Open(engine, Database, 6000, Remote, 53, Start);
        ushort shadow = Open(engine, Web, victim, Remote, 53, Start);
        Assert.NotEqual(victim, shadow);
        byte[] answer = Udp(Remote, 53, Shared, victim);
        _ = engine.TranslateInbound(answer, redirected: false, Start);
        Assert.Equal(Database, Flow(answer).Destination);
    }

    [Fact]
    public void A_packet_from_outside_with_a_port_of_this_host_as_its_source_is_dropped_and_one_of_another_host_is_not()
    {
        using NatEngine engine = Make();
        ushort port = Open(engine, Database, 6000, Remote, 53, Start);
        Assert.Equal(NatDropReason.BadAddress, engine.TranslateInbound(Udp(Shared, Block.First, Shared, port), redirected: false, Start).Reason);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(Udp(Shared, 9999, Shared, port), redirected: false, Start).Action);
        var verdicts = new NatVerdict[1];
        byte[] forged = Udp(Shared, Block.First, Shared, port);
        engine.TranslateInbound(forged, [new NatSegment(0, forged.Length)], redirected: false, verdicts, Start);
        Assert.Equal(NatDropReason.BadAddress, verdicts[0].Reason);
    }

    [Fact]
    public void A_flood_of_Syns_from_one_machine_stops_at_its_quota()
    {
        using NatEngine engine = Make(Options with { MappingsPerMachine = 50, SessionsPerMachine = 60 });
        for (int i = 0; i < 1000; i++)
        {
            _ = engine.TranslateOutbound(Tcp(Web, (ushort)(i + 1), Remote, 80, TcpFlags.Syn), Network, Start);
        }

        Assert.Equal(100, engine.EntryCount);
        Assert.Equal(950, engine.Counters.QuotaExceeded);
        Assert.True(engine.Counters.ErrorsSent <= 10);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(Tcp(Database, 1, Remote, 80, TcpFlags.Syn), Network, Start).Action);
    }

    [Fact]
    public void Tunnels_in_tunnels_are_opened_once()
    {
        var plan = new DsnatAddressPlan(IPv6Prefix.Parse("fd00::/64"));
        var tunnel = new NatTunnel(new NatTunnelOptions { Plan = plan, Source = IPv6Address.Parse("fd01::1"), Hosts = default });
        byte[] inner = Wrap(Udp(Remote, 53, Shared, 2048), IpProtocol.IPv4, plan.ToIPv6(Shared, 2048));
        byte[] outer = Wrap(inner, IpProtocol.IPv6, plan.ToIPv6(Shared, 2048));
        Assert.Equal(NatDecapVerdict.Decapsulated, tunnel.Decapsulate(inner).Verdict);
        Assert.Equal(NatDecapVerdict.NotTunnel, tunnel.Decapsulate(outer).Verdict);
    }

    [Theory]
    [InlineData(1L << 32, 1_000_000)] // milliseconds in 32 bits
    [InlineData(1L << 31, 1_000_000_000)] // seconds in 31
    [InlineData(1L << 32, 1_000_000_000)]
    [InlineData(1L << 62, 1)]
    public void Flows_live_and_end_alike_when_a_count_of_time_comes_round(long count, long nanoseconds)
    {
        Timestamp round = new(count * nanoseconds);
        Timestamp before = round - TimeSpan.FromSeconds(100);
        using NatEngine engine = Make(Options with { Start = before - TimeSpan.FromSeconds(1) });
        ushort port = Open(engine, Web, 1, Remote, 53, before);
        _ = engine.Advance(round + TimeSpan.FromSeconds(199), 1000);
        Assert.True(Reaches(engine, Remote, 53, port, round + TimeSpan.FromSeconds(199)));
        Assert.Equal(1, engine.Advance(round + TimeSpan.FromSeconds(201), 1000));
        Assert.True(engine.TryGetBlock(Block, round + TimeSpan.FromSeconds(240), out PortBlockState resting) && resting.Resting == 1);
        Assert.True(engine.TryGetBlock(Block, round + TimeSpan.FromSeconds(400), out PortBlockState idle) && idle.IsIdle);
    }

    private static byte[] Wrap(byte[] payload, IpProtocol next, IPv6Address to)
    {
        byte[] packet = new byte[40 + payload.Length];
        _ = new IPv6Header { Source = IPv6Address.Parse("fd02::1"), Destination = to, NextHeader = next, PayloadLength = payload.Length, HopLimit = 64 }.Write(packet);
        payload.CopyTo(packet, 40);
        return packet;
    }
}
