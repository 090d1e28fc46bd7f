using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Conformance.LbTests;

/// <summary>Every reply goes to the load balancer that its flow came from, whatever becomes of flows and load balancers.</summary>
public sealed class ReturnPathTests
{
    private static readonly Timestamp Start = Timestamp.FromSeconds(500);
    private static readonly IPv4Address Client = IPv4Address.Parse("203.0.113.5");
    private static readonly IPv4Address Server = IPv4Address.Parse("10.0.0.80");
    private static readonly ReturnPathOptions Options = new() { Seed = new HashSeed(9, 9), Start = Start, IPv4Flows = 256, IPv6Flows = 64, LoadBalancers = 8 };
    private static readonly MacAddress Own = MacAddress.Parse("02:aa:00:00:00:01");

    [Theory]
    [Trait(Kind.Key, Kind.Model)]
    [InlineData(RebindPolicy.Pinned)]
    [InlineData(RebindPolicy.FollowForward)]
    [InlineData(RebindPolicy.FollowSyn)]
    public void Replies_follow_the_policy_like_a_dictionary_does(RebindPolicy policy)
    {
        Arbitrary<(int Verb, int Flow, int Lb)[]> steps = Arb.From(
            (from verb in Gen.Choose(0, 9) from flow in Gen.Choose(0, 5) from lb in Gen.Choose(0, 2) select (verb, flow, lb)).ArrayOf(),
            list => Enumerable.Range(0, list.Length).Select(skip => list.Where((_, at) => at != skip).ToArray()));
        Prop.ForAll(steps, list =>
        {
            using var table = new ReturnPathTable(Options with { Policy = policy, TakeOver = false });
            LbId[] lbs = [Add(table, 0), Add(table, 1), Add(table, 2)];
            var model = new Dictionary<int, LbId>();
            foreach ((int verb, int flow, int lb) in list)
            {
                switch (verb)
                {
                    case 0:
                        _ = table.RemoveLb(lbs[lb]);
                        LbId gone = lbs[lb];
                        foreach (int owned in model.Where(pair => pair.Value == gone).Select(pair => pair.Key).ToArray())
                        {
                            _ = model.Remove(owned);
                        }

                        lbs[lb] = Add(table, lb);
                        break;
                    case <= 6:
                        // Flows 0 to 2 are UDP, 3 to 5 TCP; verbs 1 to 3 are SYNs there.
                        bool syn = flow >= 3 && verb <= 3;
                        ForwardVerdict verdict = Observe(table, Forward(flow, syn), lbs[lb]);
                        bool moves = !model.ContainsKey(flow) || policy == RebindPolicy.FollowForward || (policy == RebindPolicy.FollowSyn && syn);
                        if (verdict == ForwardVerdict.Conflict == moves && model.GetValueOrDefault(flow) != lbs[lb])
                        {
                            return false;
                        }

                        model[flow] = moves ? lbs[lb] : model[flow];
                        break;
                    default:
                        ReplyVerdict reply = Resolve(table, Reply(flow));
                        if (reply.Lb != model.GetValueOrDefault(flow) || (reply.Action == ReplyAction.Redirect) != model.ContainsKey(flow))
                        {
                            return false;
                        }

                        break;
                }
            }

            return lbs.All(lb => table.FlowsOf(lb) == model.Values.Count(owner => owner == lb));
        }).Check(Chance.Of(400).WithEndSize(120));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Flows_of_a_removed_load_balancer_are_taken_over_and_those_of_the_others_are_not_touched()
    {
        using var table = new ReturnPathTable(Options);
        LbId[] lbs = [Add(table, 0), Add(table, 1), Add(table, 2), Add(table, 3)];
        Assert.True(table.DrainLb(lbs[3]));
        for (int flow = 0; flow < 200; flow++)
        {
            Assert.Equal(ForwardVerdict.Learned, Observe(table, Udp(Client, (ushort)(1000 + flow), Server, 80), lbs[flow % 3]));
        }

        Assert.True(table.RemoveLb(lbs[1]));
        Assert.False(table.RemoveLb(lbs[1]));
        var taken = new Dictionary<LbId, int>();
        for (int flow = 0; flow < 200; flow++)
        {
            LbId lb = Resolve(table, Udp(Server, 80, Client, (ushort)(1000 + flow))).Lb;
            Assert.True(flow % 3 == 1 ? lb == lbs[0] || lb == lbs[2] : lb == lbs[flow % 3]);
            Assert.Equal(lb, Resolve(table, Udp(Server, 80, Client, (ushort)(1000 + flow))).Lb);
            taken[lb] = taken.GetValueOrDefault(lb) + (flow % 3 == 1 ? 1 : 0);
        }

        Assert.Equal(67, table.Counters.TakenOver);
        Assert.All(taken.Values, count => Assert.InRange(count, 15, 52));
        Assert.Equal(200, lbs.Sum(table.FlowsOf));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_new_hardware_address_is_used_by_all_flows_at_once()
    {
        using var table = new ReturnPathTable(Options);
        LbId lb = Add(table, 0);
        _ = Observe(table, Forward(0, false), lb);
        var moved = new LbIdentity { Mac = MacAddress.Parse("02:00:00:00:09:09"), Port = 7 };
        Assert.True(table.TryUpdateLb(lb, in moved));
        Assert.True(table.TryGetIdentity(Resolve(table, Reply(0)).Lb, out LbIdentity now));
        Assert.Equal(moved, now);
        Assert.True(table.TryMatchLb(moved.Mac, 7, out LbId found) && found == lb);
        Assert.False(table.TryMatchLb(Mac(0), 0, out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_server_teaches_nothing_and_a_stranger_is_no_load_balancer()
    {
        using var table = new ReturnPathTable(Options);
        _ = Add(table, 0);
        Assert.Equal(ReplyAction.Route, Resolve(table, Udp(Server, 80, Client, 1)).Action);
        Assert.Equal(0, table.Count);
        Assert.False(table.TryMatchLb(Mac(1), 1, out _));
        Assert.False(table.TryMatchLb(Mac(0), 1, out _)); // the right address at the wrong port
        Assert.Equal(ForwardVerdict.StaleLb, Observe(table, Forward(0, false), new LbId(0, 9)));
        Assert.Equal(ForwardVerdict.StaleLb, Observe(table, Forward(0, false), new LbId(99, 1)));
        Assert.Throws<ArgumentException>(() => table.TryAddLb(new LbIdentity { Mac = MacAddress.Broadcast }, out _));
        Assert.Throws<ArgumentException>(() => table.TryAddLb(default, out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_Syns_through_one_load_balancer_ends_no_established_flow_and_takes_no_others_room()
    {
        using var table = new ReturnPathTable(Options with { FlowsPerLb = 100 });
        LbId flooded = Add(table, 0);
        LbId calm = Add(table, 1);
        for (int flow = 0; flow < 50; flow++)
        {
            _ = Observe(table, Tcp(Client, (ushort)(1 + flow), Server, 80, TcpFlags.Ack), flooded);
        }

        for (int i = 0; i < 5000; i++)
        {
            _ = Observe(table, Tcp(new IPv4Address((uint)i + 0x0100_0000), 9, Server, 80, TcpFlags.Syn), flooded);
        }

        Assert.Equal(100, table.FlowsOf(flooded));
        Assert.Equal(ForwardVerdict.Learned, Observe(table, Udp(Client, 7, Server, 53), calm));
        Assert.All(Enumerable.Range(0, 50), flow => Assert.Equal(flooded, Resolve(table, Tcp(Server, 80, Client, (ushort)(1 + flow), TcpFlags.Ack)).Lb));
        Assert.True(table.Counters.Evicted > 1000);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(7439, true)]
    [InlineData(7440, false)]
    public void Rfc5382_Req5_A_half_closed_connection_is_remembered_for_two_hours_and_four_minutes(int seconds, bool known)
    {
        using var table = new ReturnPathTable(Options);
        LbId lb = Add(table, 0);
        _ = Observe(table, Forward(3, syn: true), lb);
        _ = Resolve(table, Tcp(Server, 80, Client, 1003, TcpFlags.Syn | TcpFlags.Ack));
        _ = Observe(table, Tcp(Client, 1003, Server, 80, TcpFlags.Fin | TcpFlags.Ack), lb);
        Assert.Equal(known, Resolve(table, Reply(3), Start + TimeSpan.FromSeconds(seconds)).Lb == lb);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(false, 240)]
    [InlineData(true, 240)]
    public void Rfc5382_Req5_An_opening_or_reset_connection_is_remembered_for_four_minutes(bool reset, int seconds)
    {
        using var table = new ReturnPathTable(Options);
        LbId lb = Add(table, 0);
        _ = Observe(table, Forward(3, syn: true), lb);
        _ = reset ? Resolve(table, Tcp(Server, 80, Client, 1003, TcpFlags.Rst)).Lb : lb;
        Assert.Equal(0, table.Advance(Start + TimeSpan.FromSeconds(seconds - 1), 1000));
        Assert.Equal(1, table.Advance(Start + TimeSpan.FromSeconds(seconds), 1000));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_closed_connection_that_opens_again_through_another_load_balancer_is_that_ones_even_when_pinned()
    {
        using var table = new ReturnPathTable(Options);
        LbId first = Add(table, 0);
        LbId second = Add(table, 1);
        _ = Observe(table, Forward(3, syn: true), first);
        _ = Resolve(table, Tcp(Server, 80, Client, 1003, TcpFlags.Rst));
        Assert.Equal(ForwardVerdict.Moved, Observe(table, Forward(3, syn: true), second));
        Assert.Equal(second, Resolve(table, Reply(3)).Lb);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7690_An_Icmp_error_about_a_flow_goes_to_the_flows_load_balancer()
    {
        using var table = new ReturnPathTable(Options);
        LbId lb = Add(table, 0);
        byte[] forward = Udp(Client, 1000, Server, 80);
        _ = Observe(table, forward, lb);
        byte[] message = new byte[8 + 28];
        forward.AsSpan(14, 28).CopyTo(message.AsSpan(8));
        _ = new IcmpHeader(IcmpType.DestinationUnreachable, 3).Write(message);
        byte[] error = Frame(IPv4Address.Parse("10.0.0.254"), Client, IpProtocol.Icmp, message);
        Assert.Equal(lb, Resolve(table, error).Lb);
        Assert.Equal(1, table.Counters.ErrorsRedirected);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Fragments_of_a_reply_follow_its_first_one_in_whatever_order_they_come()
    {
        foreach (int[] order in (int[][])[[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]])
        {
            using var table = new ReturnPathTable(Options);
            LbId lb = Add(table, 0);
            _ = Observe(table, Udp(Client, 1000, Server, 80), lb);
            byte[] whole = Udp(Server, 80, Client, 1000, payload: 64);
            int arrived = 0;
            byte[] buffer = new byte[1600];
            foreach (int at in order)
            {
                byte[] payload = whole.AsSpan(34 + at * 24, 24).ToArray();
                ReplyVerdict verdict = Resolve(table, Frame(Server, Client, IpProtocol.Udp, payload, at * 24, more: at < 2));
                arrived += verdict.Lb == lb ? 1 : 0;
                while (table.TryTakeFragment(buffer, out int length, out int tag, out ReplyVerdict held))
                {
                    Assert.Equal((34 + 24, 5), (length, tag));
                    arrived += held.Lb == lb ? 1 : 0;
                }
            }

            Assert.Equal(3, arrived);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void IPv6_flows_and_their_replies_meet_and_zones_do_not()
    {
        using var table = new ReturnPathTable(Options);
        LbId lb = Add(table, 0);
        byte[] forward = Udp6("2001:db8::5", 1000, "fd00::80", 80);
        byte[] reply = Udp6("fd00::80", 80, "2001:db8::5", 1000);
        Assert.Equal(ForwardVerdict.Learned, Observe(table, forward, lb));
        Assert.Equal(lb, Resolve(table, reply).Lb);
        Assert.True(PacketLayout.TryParse(reply, out PacketLayout layout));
        Assert.Equal(ReplyAction.Route, table.ResolveReply(reply, in layout, zone: 4, tag: 0, Start).Action);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_redirect_changes_hardware_addresses_and_one_hop_and_the_checksum_stays_right()
    {
        byte[] frame = Udp(Server, 80, Client, 1000);
        byte[] before = [.. frame];
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.True(L2Redirect.TryApply(frame, in layout, new LbIdentity { Mac = Mac(1) }, Own, routed: true));
        Assert.True(IPv4View.TryParse(frame.AsSpan(14), out IPv4View view));
        Assert.Equal((63, true), (view.TimeToLive, view.IsChecksumValid));
        Assert.Equal(Mac(1), MacAddress.Read(frame));
        Assert.Equal(Own, MacAddress.Read(frame.AsSpan(6)));
        Assert.Equal(before.AsSpan(26), frame.AsSpan(26));
        frame[22] = 1;
        byte[] last = [.. frame];
        Assert.False(L2Redirect.TryApply(frame, in layout, default, Own, routed: true));
        Assert.Equal(last, frame);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_place_that_was_given_away_sixty_five_thousand_times_is_not_mistaken_for_its_first_holder()
    {
        using var table = new ReturnPathTable(Options with { LoadBalancers = 1, TakeOver = false });
        LbId first = Add(table, 0);
        _ = Observe(table, Forward(0, false), first);
        LbId last = first;
        for (int i = 0; i < ushort.MaxValue; i++)
        {
            _ = table.RemoveLb(last);
            last = Add(table, 0);
        }

        Assert.Equal(first, last); // the number comes round
        Assert.Equal(ReplyAction.Route, Resolve(table, Reply(0)).Action);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void No_bytes_throw()
    {
        using var table = new ReturnPathTable(Options);
        LbId lb = Add(table, 0);
        var random = new Random(3);
        byte[] buffer = new byte[1600];
        byte[][] seeds = [Udp(Client, 1, Server, 80), Forward(3, true), Udp6("2001:db8::5", 1, "fd00::80", 80), Frame(Server, Client, IpProtocol.Udp, new byte[24], 24, true)];
        for (int i = 0; i < 100_000; i++)
        {
            byte[] frame = [.. seeds[random.Next(seeds.Length)]];
            for (int change = random.Next(4); change > 0; change--)
            {
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
            }

            Span<byte> bytes = frame.AsSpan(0, random.Next(4) == 0 ? random.Next(frame.Length) : frame.Length);
            if (PacketLayout.TryParse(bytes, out PacketLayout layout))
            {
                _ = table.ObserveForward(bytes, in layout, 0, lb, Start);
                _ = table.ResolveReply(bytes, in layout, 0, 0, Start);
                while (table.TryTakeFragment(buffer, out _, out _, out _))
                {
                }
            }
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Nothing_is_allocated_for_packets_takeover_and_ageing()
    {
        using var table = new ReturnPathTable(Options);
        LbId[] lbs = [Add(table, 0), Add(table, 1)];
        byte[][] frames = [.. Enumerable.Range(0, 300).Select(flow => Udp(Client, (ushort)(1 + flow), Server, 80))];
        byte[][] replies = [.. Enumerable.Range(0, 300).Select(flow => Udp(Server, 80, Client, (ushort)(1 + flow)))];
        Timestamp now = Start;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                now += TimeSpan.FromMilliseconds(100);
                _ = PacketLayout.TryParse(frames[i % 300], out PacketLayout layout);
                _ = table.ObserveForward(frames[i % 300], in layout, 0, lbs[i % 2], now);
                _ = table.ResolveReply(replies[i * 7 % 300], in layout, 0, 0, now);
                _ = table.Advance(now, 64);
            }
        }));
    }

    private static MacAddress Mac(int lb) => new(0x0200_0000_0100 + (ulong)lb);

    private static LbId Add(ReturnPathTable table, int lb)
    {
        Assert.True(table.TryAddLb(new LbIdentity { Mac = Mac(lb), Port = (ushort)lb }, out LbId id));
        return id;
    }

    private static ForwardVerdict Observe(ReturnPathTable table, byte[] frame, LbId from)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return table.ObserveForward(frame, in layout, zone: 3, from, Start);
    }

    private static ReplyVerdict Resolve(ReturnPathTable table, byte[] frame, Timestamp? now = null)
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return table.ResolveReply(frame, in layout, zone: 3, tag: 5, now ?? Start);
    }

    private static byte[] Forward(int flow, bool syn) =>
        flow < 3 ? Udp(Client, (ushort)(1000 + flow), Server, 80) : Tcp(Client, (ushort)(1000 + flow), Server, 80, syn ? TcpFlags.Syn : TcpFlags.Ack);

    private static byte[] Reply(int flow) =>
        flow < 3 ? Udp(Server, 80, Client, (ushort)(1000 + flow)) : Tcp(Server, 80, Client, (ushort)(1000 + flow), TcpFlags.Ack);

    private static byte[] Udp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort, int payload = 0)
    {
        byte[] message = new byte[8 + payload];
        _ = new UdpHeader(fromPort, toPort, payload).Write(message);
        return Frame(from, to, IpProtocol.Udp, message);
    }

    private static byte[] Tcp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort, TcpFlags flags)
    {
        byte[] message = new byte[20];
        _ = new TcpHeader { SourcePort = fromPort, DestinationPort = toPort, Flags = flags }.Write(message);
        return Frame(from, to, IpProtocol.Tcp, message);
    }

    private static byte[] Udp6(string from, ushort fromPort, string to, ushort toPort)
    {
        byte[] frame = new byte[14 + 40 + 8];
        _ = new EthernetHeader { Destination = Own, Source = Mac(0), EtherType = EtherType.IPv6 }.Write(frame);
        _ = new IPv6Header { Source = IPv6Address.Parse(from), Destination = IPv6Address.Parse(to), NextHeader = IpProtocol.Udp, PayloadLength = 8 }.Write(frame.AsSpan(14));
        _ = new UdpHeader(fromPort, toPort, 0).Write(frame.AsSpan(54));
        return frame;
    }

    private static byte[] Frame(IPv4Address from, IPv4Address to, IpProtocol protocol, byte[] payload, int offset = 0, bool more = false)
    {
        byte[] frame = new byte[14 + 20 + payload.Length];
        _ = new EthernetHeader { Destination = Own, Source = Mac(0), EtherType = EtherType.IPv4 }.Write(frame);
        _ = new IPv4Header { Source = from, Destination = to, Protocol = protocol, PayloadLength = payload.Length, FragmentOffsetBytes = offset, MoreFragments = more, Identification = 4 }.Write(frame.AsSpan(14));
        payload.CopyTo(frame, 34);
        return frame;
    }
}
