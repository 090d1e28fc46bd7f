using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>What RFC 4787 asks of a NAT for unicast UDP, requirement by requirement.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class Rfc4787Tests
{
    [Fact]
    public void Rfc4787_Req1_One_mapping_serves_all_remotes()
    {
        using NatEngine engine = Make();
        ushort first = Open(engine, Web, 5000, Remote, 53, Start);
        Assert.Equal(first, Open(engine, Web, 5000, Remote, 54, Start));
        Assert.Equal(first, Open(engine, Web, 5000, OtherRemote, 53, Start));
        Assert.NotEqual(first, Open(engine, Web, 5001, Remote, 53, Start));
        Assert.Equal(2, engine.EntryCount);
    }

    [Fact]
    public void Rfc4787_Req1_Mapping_per_remote_is_there_for_who_asks_for_it()
    {
        using NatEngine engine = Make(Options with { Udp = new NatBehavior(MappingBehavior.AddressAndPortDependent, FilteringBehavior.AddressAndPortDependent) });
        ushort first = Open(engine, Web, 5000, Remote, 53, Start);
        Assert.Equal(first, Open(engine, Web, 5000, Remote, 53, Start));
        Assert.NotEqual(first, Open(engine, Web, 5000, Remote, 54, Start));
        Assert.True(Reaches(engine, Remote, 53, first, Start));
        Assert.False(Reaches(engine, Remote, 54, first, Start));
    }

    [Fact]
    public void Rfc4787_Req2_A_machine_keeps_its_shared_address_even_when_that_is_full()
    {
        using NatEngine engine = Make(Options, new PortBlock(Shared, 2048, 4), new PortBlock(OtherShared, 2048, 4));
        byte[] packet = Udp(Web, 1, Remote, 53);
        _ = engine.TranslateOutbound(packet, Network, Start);
        IPv4Address paired = Flow(packet).Source;
        for (ushort port = 2; port <= 16; port++)
        {
            packet = Udp(Web, port, Remote, 53);
            _ = engine.TranslateOutbound(packet, Network, Start);
            Assert.Equal(paired, Flow(packet).Source);
        }

        Assert.Equal(NatDropReason.PortsExhausted, engine.TranslateOutbound(Udp(Web, 17, Remote, 53), Network, Start).Reason);
    }

    [Fact]
    public void Rfc4787_Req3_No_two_inside_endpoints_share_a_port_and_the_whole_block_is_used()
    {
        using NatEngine engine = Make();
        var seen = new HashSet<ushort>();
        for (int i = 0; i < Block.Size; i++)
        {
            Assert.True(seen.Add(Open(engine, i % 2 == 0 ? Web : Database, (ushort)(3000 + i), Remote, 53, Start)));
        }

        Assert.All(seen, port => Assert.True(Block.Contains(Shared, port)));
        Assert.Equal(NatDropReason.PortsExhausted, engine.TranslateOutbound(Udp(Web, 9999, Remote, 53), Network, Start).Reason);
    }

    [Fact]
    public void Rfc4787_Req3a_Well_known_ports_come_from_well_known_ports_and_others_never_do()
    {
        using NatEngine engine = Make(Options, new PortBlock(Shared, 512, 2), Block);
        ushort[] low = [.. Enumerable.Range(1, 5).Select(port => Open(engine, Web, (ushort)port, Remote, 53, Start))];
        Assert.Equal(4, low.Count(port => port < 1024));
        Assert.All(Enumerable.Range(2000, 100), port => Assert.True(Open(engine, Web, (ushort)port, Remote, 53, Start) >= 1024));
    }

    [Fact]
    public void Rfc4787_Req4_Parity_is_kept_while_there_are_ports_of_it()
    {
        using NatEngine engine = Make();
        for (ushort port = 5000; port < 5000 + Block.Size / 2; port++)
        {
            Assert.Equal(port % 2, Open(engine, Web, port, Remote, 53, Start) % 2);
        }

        // Only a block's worth of even machines: the odd half serves them when the even one is used up.
        for (int i = 0; i < Block.Size / 2; i++)
        {
            _ = Open(engine, Database, (ushort)(10_000 + i * 2), Remote, 53, Start);
        }
    }

    [Theory]
    [InlineData(299.9, true)]
    [InlineData(300.0, false)]
    public void Rfc4787_Req5_A_mapping_lives_five_minutes_by_default(double seconds, bool lives)
    {
        using NatEngine engine = Make();
        ushort port = Open(engine, Web, 5000, Remote, 53, Start);
        Assert.Equal(lives, Reaches(engine, Remote, 53, port, Start + TimeSpan.FromSeconds(seconds)));
    }

    [Fact]
    public void Rfc4787_Req5_Less_than_two_minutes_cannot_be_configured()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new NatEngine(Options with { Timeouts = new NatTimeouts { Udp = TimeSpan.FromSeconds(119) } }));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Rfc4787_Req6_Outbound_packets_refresh_and_inbound_ones_if_configured(bool inboundRefresh, bool livesByInbound)
    {
        using NatEngine engine = Make(Options with { InboundRefresh = inboundRefresh });
        ushort port = Open(engine, Web, 5000, Remote, 53, Start);
        Assert.Equal(port, Open(engine, Web, 5000, OtherRemote, 53, Start + TimeSpan.FromSeconds(200)));
        Assert.True(Reaches(engine, Remote, 53, port, Start + TimeSpan.FromSeconds(499)));
        _ = engine.Advance(Start + TimeSpan.FromSeconds(501), 100);
        Assert.Equal(livesByInbound, Reaches(engine, Remote, 53, port, Start + TimeSpan.FromSeconds(501)));
    }

    [Theory]
    [InlineData(FilteringBehavior.EndpointIndependent, true, true)]
    [InlineData(FilteringBehavior.AddressDependent, true, false)]
    [InlineData(FilteringBehavior.AddressAndPortDependent, false, false)]
    public void Rfc4787_Req8_Who_may_send_is_as_configured(FilteringBehavior filtering, bool otherPort, bool otherAddress)
    {
        using NatEngine engine = Make(Options with { Udp = new NatBehavior(MappingBehavior.EndpointIndependent, filtering) });
        ushort port = Open(engine, Web, 5000, Remote, 53, Start);
        Assert.Equal(port, Open(engine, Web, 5000, IPv4Address.Parse("203.0.113.9"), 53, Start));
        Assert.True(Reaches(engine, Remote, 53, port, Start));
        Assert.Equal(otherPort, Reaches(engine, Remote, 54, port, Start));
        Assert.Equal(otherAddress, Reaches(engine, OtherRemote, 53, port, Start));
        Assert.Equal((otherPort ? 0 : 1) + (otherAddress ? 0 : 1), engine.Counters.Filtered);
    }

    [Fact]
    public void Rfc4787_Req9_and_9a_Machines_reach_each_other_by_external_endpoints_and_see_external_ones()
    {
        using NatEngine engine = Make();
        ushort web = Open(engine, Web, 5000, Remote, 53, Start);
        ushort database = Open(engine, Database, 6000, Remote, 53, Start, network: 8);
        byte[] packet = Udp(Web, 5000, Shared, database);
        NatVerdict verdict = engine.TranslateOutbound(packet, Network, Start);
        Assert.Equal((NatAction.Hairpinned, 8u), (verdict.Action, verdict.Scope));
        Assert.Equal(new FlowKey4(Shared, Database, IpProtocol.Udp, web, 6000), Flow(packet));
    }

    [Fact]
    public void Rfc4787_Req9_A_shared_port_of_ours_that_nobody_uses_leads_nowhere_and_not_in_circles()
    {
        using NatEngine engine = Make();
        ushort web = Open(engine, Web, 5000, Remote, 53, Start);
        ushort unused = (ushort)(web == 2048 ? 2049 : 2048);
        Assert.Equal(NatDropReason.NoMapping, engine.TranslateOutbound(Udp(Web, 5000, Shared, unused), Network, Start).Reason);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(Udp(Web, 5000, Shared, 9), Network, Start).Action); // another host's
    }

    [Fact]
    public void Rfc4787_Req11_A_full_block_does_not_change_how_mapping_and_filtering_behave()
    {
        using NatEngine engine = Make(Options, new PortBlock(Shared, 2048, 1));
        ushort first = Open(engine, Web, 5000, Remote, 53, Start);
        _ = Open(engine, Web, 5001, Remote, 53, Start);
        Assert.Equal(NatDropReason.PortsExhausted, engine.TranslateOutbound(Udp(Web, 5002, Remote, 53), Network, Start).Reason);
        Assert.Equal(first, Open(engine, Web, 5000, OtherRemote, 1, Start));
        Assert.True(Reaches(engine, OtherRemote, 999, first, Start));
    }

    [Fact]
    public void Rfc4787_Req12_and_12a_An_Icmp_error_from_anywhere_passes_and_ends_nothing()
    {
        using NatEngine engine = Make();
        byte[] sent = Udp(Web, 5000, Remote, 53);
        _ = engine.TranslateOutbound(sent, Network, Start);
        ushort port = Flow(sent).SourcePort;
        byte[] error = Error(OtherRemote, Shared, sent, code: 3, rest: 0);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
        Assert.Equal(new FlowKey4(Web, Remote, IpProtocol.Udp, 5000, 53), About(error));
        Assert.True(Reaches(engine, Remote, 53, port, Start));
    }

    [Fact]
    public void Rfc4787_Req14_Fragments_are_translated_in_whatever_order_they_come()
    {
        foreach (int[] order in (int[][])[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
        {
            using NatEngine engine = Make();
            byte[] whole = Udp(Web, 5000, Remote, 53, payload: 60);
            byte[][] fragments = Fragments(whole, 24, id: 99);
            List<byte[]> sent = Send(engine, [.. order.Select(at => fragments[at])], outbound: true);
            byte[] seen = Join(sent);
            FlowKey4 flow = Flow(seen);
            Assert.Equal((Shared, Remote, 53), (flow.Source, flow.Destination, flow.DestinationPort));

            byte[] answer = Udp(Remote, 53, Shared, flow.SourcePort, payload: 60);
            byte[][] answers = Fragments(answer, 24, id: 7);
            Assert.Equal(new FlowKey4(Remote, Web, IpProtocol.Udp, 53, 5000), Flow(Join(Send(engine, [.. order.Select(at => answers[at])], outbound: false))));
        }
    }

    [Fact]
    public void Rfc4787_Req14a_Fragments_without_a_first_one_take_bounded_room()
    {
        using NatEngine engine = Make(Options with { Fragments = new FragmentTrackerOptions { Seed = Options.Seed, HeldFragments = 100, HeldPerSource = 10, WaitingDatagrams = 50 } });
        byte[][] fragments = Fragments(Udp(Web, 5000, Remote, 53, payload: 60), 24, id: 99);
        for (int id = 0; id < 1000; id++)
        {
            byte[] orphan = Fragments(Udp(Database, 1, Remote, 53, payload: 60), 24, (ushort)id)[1];
            _ = engine.TranslateOutbound(orphan, Network, Start);
        }

        Assert.Equal(10, engine.Counters.FragmentsHeld);
        Assert.Equal(990, engine.Counters.FragmentsFull);
        Assert.Equal(3, Send(engine, fragments, outbound: true).Count);
    }

    internal static List<byte[]> Send(NatEngine engine, byte[][] fragments, bool outbound)
    {
        var sent = new List<byte[]>();
        byte[] buffer = new byte[1600];
        foreach (byte[] original in fragments)
        {
            byte[] packet = [.. original];
            NatVerdict verdict = outbound ? engine.TranslateOutbound(packet, Network, Start) : engine.TranslateInbound(packet, redirected: false, Start);
            if (verdict.Action is NatAction.Translated or NatAction.Hairpinned)
            {
                sent.Add(packet);
            }
            else
            {
                Assert.Equal(NatAction.Held, verdict.Action);
            }

            int released = 0;
            for (; engine.TryTakeFragment(buffer, out int length, out NatVerdict held); released++)
            {
                Assert.Equal(NatAction.Translated, held.Action);
                sent.Add(buffer[..length]);
            }

            Assert.Equal(verdict.Released, released);
        }

        return sent;
    }

    /// <summary>Puts fragments of one datagram together again.</summary>
    internal static byte[] Join(List<byte[]> fragments)
    {
        var parts = new SortedDictionary<int, byte[]>();
        IPv4Header header = default;
        foreach (byte[] fragment in fragments)
        {
            Assert.True(IPv4View.TryParse(fragment, out IPv4View view));
            Assert.True(view.IsChecksumValid);
            Assert.True(parts.Count == 0 || view.Identification == header.Identification);
            header = view.ToHeader();
            parts.Add(view.FragmentOffsetBytes, view.Payload.ToArray());
        }

        byte[] payload = [.. parts.Values.SelectMany(part => part)];
        return Datagram(header.Source, header.Destination, header.Protocol, payload, dontFragment: false, header.Identification);
    }
}
