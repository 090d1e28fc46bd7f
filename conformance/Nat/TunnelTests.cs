using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>The gateway and the tunnel, with two hosts behind longest-prefix routes.</summary>
public sealed class TunnelTests
{
    private static readonly DsnatAddressPlan Plan = new(IPv6Prefix.Parse("fd5a:1b2c:3d4e:1::/64"));
    private static readonly IPv6Prefix Hosts = IPv6Prefix.Parse("fd5a:1b2c:3d4e:2::/64");
    private static readonly PortBlock OtherBlock = new(Shared, 4096, 10);

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc2473_Section6_The_outer_header_is_IPv6_with_next_header_4_and_the_inner_one_lost_a_hop()
    {
        var wire = new Wire();
        NatTunnel gateway = Tunnel("fd5a:1b2c:3d4e:9::1");
        byte[] packet = Udp(Remote, 53, Shared, 2500);
        Assert.Equal(NatEncapVerdict.Sent, gateway.Encapsulate(packet, Plan.ToIPv6(Shared, 2500), forwarding: true, ref wire));
        Assert.True(IPv6View.TryParse(wire.Packets[0], out IPv6View outer));
        Assert.Equal((IpProtocol.IPv4, (byte)64, packet.Length), (outer.NextHeader, outer.HopLimit, outer.PayloadLength));
        Assert.Equal("fd5a:1b2c:3d4e:1:c000:201:9c4:0", outer.Destination.ToString());
        Assert.True(IPv4View.TryParse(outer.Payload, out IPv4View inner));
        Assert.Equal((63, true), (inner.TimeToLive, inner.IsChecksumValid));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc2473_Section7_2_and_Rfc4787_Req13_Too_big_with_DF_is_told_the_length_that_fits()
    {
        var wire = new Wire();
        NatTunnel gateway = Tunnel("fd5a:1b2c:3d4e:9::1");
        byte[] packet = Udp(Remote, 53, Shared, 2500, payload: 1433);
        Assert.Equal(NatEncapVerdict.TooBig, gateway.Encapsulate(packet, Plan.ToIPv6(Shared, 2500), forwarding: true, ref wire));
        byte[] error = new byte[NatEngine.MaxErrorLength];
        error = error[..gateway.WriteError(packet, NatEncapVerdict.TooBig, error)];
        Assert.True(IPv4View.TryParse(error, out IPv4View view));
        Assert.True(IcmpView.TryParse(view.Payload, out IcmpView icmp));
        Assert.Equal((IcmpType.DestinationUnreachable, (byte)4, 1460u), (icmp.Type, icmp.Code, icmp.RestOfHeader));
        Assert.Equal(new FlowKey4(Remote, Shared, IpProtocol.Udp, 53, 2500), About(error));
        Assert.Equal(0, gateway.WriteError(Error(Remote, Shared, packet), NatEncapVerdict.TooBig, new byte[576]));
        Assert.Equal(NatEncapVerdict.Sent, gateway.Encapsulate(Udp(Remote, 53, Shared, 2500, payload: 1432), default, forwarding: true, ref wire));
        Assert.Equal(1500, wire.Packets[0].Length);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4787_Req13a_Too_big_without_DF_is_fragmented_and_arrives_whole()
    {
        using NatEngine engine = Make();
        ushort port = Open(engine, Web, 5000, Remote, 53, Start);
        var wire = new Wire();
        NatTunnel gateway = Tunnel("fd5a:1b2c:3d4e:9::1");
        Assert.Equal(NatEncapVerdict.Sent, gateway.Encapsulate(Udp(Remote, 53, Shared, port, payload: 4000, dontFragment: false, id: 9), Plan.ToIPv6(Shared, port), forwarding: true, ref wire));
        Assert.Equal(3, wire.Packets.Count);
        NatTunnel host = Tunnel("fd5a:1b2c:3d4e:2::a");
        var inner = new List<byte[]>();
        foreach (byte[] packet in wire.Packets)
        {
            Assert.True(packet.Length <= 1500);
            NatDecapsulation opened = host.Decapsulate(packet);
            Assert.Equal((NatDecapVerdict.Decapsulated, false), (opened.Verdict, opened.FromHost));
            inner.Insert(0, packet[opened.Offset..(opened.Offset + opened.Length)]);
        }

        byte[] whole = Rfc4787Tests.Join(Rfc4787Tests.Send(engine, [.. inner], outbound: false));
        Assert.Equal(new FlowKey4(Remote, Web, IpProtocol.Udp, 53, 5000), Flow(whole));
        Assert.Equal(20 + 8 + 4000, whole.Length);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6040_Section4_Congestion_met_on_the_way_reaches_the_inner_header_or_drops_the_packet()
    {
        for (int innerEcn = 0; innerEcn < 4; innerEcn++)
        {
            var wire = new Wire();
            byte[] packet = Udp(Remote, 53, Shared, 2500);
            packet[1] = (byte)innerEcn;
            Put(packet, 10, 0);
            Put(packet, 10, InternetChecksum.Compute(packet.AsSpan(0, 20)));
            _ = Tunnel("fd5a:1b2c:3d4e:9::1").Encapsulate(packet, Plan.ToIPv6(Shared, 2500), forwarding: false, ref wire);
            byte[] outer = wire.Packets[0];
            Assert.True(IPv6View.TryParse(outer, out IPv6View view));
            Assert.Equal(innerEcn, view.Ecn);
            outer[1] |= 0x30; // congestion experienced
            NatDecapsulation opened = Tunnel("fd5a:1b2c:3d4e:2::a").Decapsulate(outer);
            Assert.Equal(innerEcn == 0 ? NatDecapVerdict.Congestion : NatDecapVerdict.Decapsulated, opened.Verdict);
            if (innerEcn != 0)
            {
                Assert.True(IPv4View.TryParse(outer.AsSpan(opened.Offset), out IPv4View inner));
                Assert.Equal((3, true), (inner.Ecn, inner.IsChecksumValid));
            }
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Whatever_comes_back_reaches_the_host_that_owns_its_port_fragments_and_errors_included()
    {
        Gen<(bool, int, int)> cases = from second in Gen.Elements(false, true) from kind in Gen.Choose(0, 4) from seed in Gen.Choose(0, 1000) select (second, kind, seed);
        Prop.ForAll(cases.ToArbitrary(), tuple =>
        {
            (bool second, int kind, int seed) = tuple;
            using NatEngine engine = Make(Options with { Seed = new HashSeed((ulong)seed, 1) }, second ? OtherBlock : Block);
            byte[] sent = kind switch
            {
                0 or 3 => Udp(Web, 5000, Remote, 53),
                1 => Tcp(Web, 5000, Remote, 80, TcpFlags.Syn),
                _ => Echo(Web, Remote, 5000),
            };
            FlowKey4 before = Flow(sent);
            _ = engine.TranslateOutbound(sent, Network, Start);
            FlowKey4 seen = Flow(sent);
            byte[][] back = kind switch
            {
                0 => [Udp(Remote, 53, Shared, seen.SourcePort)],
                1 => [Tcp(Remote, 80, Shared, seen.SourcePort, TcpFlags.Syn | TcpFlags.Ack)],
                2 => [Echo(Remote, Shared, seen.SourcePort, reply: true)],
                3 => [.. Fragments(Udp(Remote, 53, Shared, seen.SourcePort, payload: 90), 24, 5).OrderBy(fragment => fragment[7] * seed % 5)],
                _ => [Error(OtherRemote, Shared, sent)],
            };
            using var gateway = new DsnatGateway(Ends("fd5a:1b2c:3d4e:9::1"), new FragmentTrackerOptions { Seed = Options.Seed });
            var wire = new Wire();
            foreach (byte[] packet in back)
            {
                _ = gateway.Forward(packet, Start, ref wire);
            }

            int arrived = 0;
            foreach (byte[] outer in wire.Packets)
            {
                _ = IPv6View.TryParse(outer, out IPv6View view);
                if (!Plan.PrefixOf(second ? OtherBlock : Block).Contains(view.Destination) || Plan.PrefixOf(second ? Block : OtherBlock).Contains(view.Destination))
                {
                    return false;
                }

                NatDecapsulation opened = Tunnel("fd5a:1b2c:3d4e:2::a").Decapsulate(outer);
                byte[] inner = outer[opened.Offset..(opened.Offset + opened.Length)];
                arrived += engine.TranslateInbound(inner, opened.FromHost, Start).Action == NatAction.Translated && (kind != 4 || About(inner) == before) ? 1 : 0;
            }

            return arrived == back.Length;
        }).Check(Chance.Of(300));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_port_of_another_host_is_redirected_once_and_two_hosts_do_not_play_ball()
    {
        using NatEngine first = Make();
        using NatEngine second = Make(Options, OtherBlock);
        NatVerdict verdict = first.TranslateInbound(Udp(Remote, 53, Shared, 4100), redirected: false, Start);
        Assert.Equal(NatAction.Redirect, verdict.Action);
        Assert.Equal(Plan.ToIPv6(Shared, 4100), Tunnel("fd5a:1b2c:3d4e:2::a").DestinationOf(verdict));

        var wire = new Wire();
        NatTunnel host = Tunnel("fd5a:1b2c:3d4e:2::a");
        _ = host.Encapsulate(Udp(Remote, 53, Shared, 9000), Plan.ToIPv6(Shared, 9000), forwarding: false, ref wire);
        NatDecapsulation opened = Tunnel("fd5a:1b2c:3d4e:2::b").Decapsulate(wire.Packets[0]);
        Assert.True(opened.FromHost);
        Assert.Equal(NatDropReason.RedirectedTwice, second.TranslateInbound(wire.Packets[0].AsSpan(opened.Offset, opened.Length), opened.FromHost, Start).Reason);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Outer_packets_that_are_not_ours_are_told_apart()
    {
        NatTunnel host = Tunnel("fd5a:1b2c:3d4e:2::a");
        byte[] inner = Udp(Remote, 53, Shared, 2500);
        IPv6Address right = Plan.ToIPv6(Shared, 2500);
        Assert.Equal(NatDecapVerdict.Decapsulated, host.Decapsulate(Outer(inner, right)).Verdict);
        Assert.Equal(NatDecapVerdict.Decapsulated, host.Decapsulate(Outer(inner, IPv6Address.Parse("fd5a:1b2c:3d4e:2::a"))).Verdict);
        Assert.Equal(NatDecapVerdict.WrongDestination, host.Decapsulate(Outer(inner, new IPv6Address(right.High, right.Low | 1))).Verdict);
        Assert.Equal(NatDecapVerdict.WrongDestination, host.Decapsulate(Outer(inner, new IPv6Address(right.High + 1, right.Low))).Verdict);
        Assert.Equal(NatDecapVerdict.WrongDestination, host.Decapsulate(Outer(inner, Plan.ToIPv6(OtherShared, 2500))).Verdict);
        Assert.Equal(NatDecapVerdict.NotTunnel, host.Decapsulate(Outer(inner, right, IpProtocol.Udp)).Verdict);
        Assert.Equal(NatDecapVerdict.OuterFragment, host.Decapsulate(Outer([4, 0, 0, 1, 0, 0, 0, 1, .. inner], right, IpProtocol.Fragment)).Verdict);
        Assert.Equal(NatDecapVerdict.Malformed, host.Decapsulate(Outer(inner[..^1], right)).Verdict);
        Assert.Equal(NatDecapVerdict.Malformed, host.Decapsulate(Outer(inner, right).AsSpan()[..^1]).Verdict);
    }

    private static byte[] Outer(byte[] inner, IPv6Address to, IpProtocol next = IpProtocol.IPv4)
    {
        byte[] packet = new byte[40 + inner.Length];
        _ = new IPv6Header { Source = IPv6Address.Parse("fd5a:1b2c:3d4e:9::1"), Destination = to, NextHeader = next, PayloadLength = inner.Length }.Write(packet);
        inner.CopyTo(packet, 40);
        return packet;
    }

    private static NatTunnel Tunnel(string source) => new(Ends(source));

    private static NatTunnelOptions Ends(string source) => new() { Plan = Plan, Source = IPv6Address.Parse(source), Hosts = Hosts };

    private readonly struct Wire : INatTunnelSink
    {
        public Wire()
        {
        }

        public List<byte[]> Packets { get; } = [];

        public void Send(ReadOnlySpan<byte> packet) => Packets.Add(packet.ToArray());
    }
}
