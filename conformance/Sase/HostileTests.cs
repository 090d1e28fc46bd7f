using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>What a gateway's tunnel, a tenant or a forger may send, and the one reason why each goes no further.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostileTests
{
    private const uint Acme = 1001;
    private const uint Globex = 1002;

    private static readonly (string Sentence, SaseDrop Reason, Func<PopOptions, byte[]> Make)[] Cases =
    [
        ("an outer packet shorter than it says", SaseDrop.OuterMalformed, pop => Good(pop)[..^4]),
        ("an outer packet shorter than its header", SaseDrop.OuterMalformed, pop => Good(pop)[..12]),
        ("an IP total length below that of its header", SaseDrop.OuterMalformed, pop => With(pop, packet => (packet[2], packet[3]) = (0, 12))),
        ("an outer header that does not add up", SaseDrop.OuterChecksum, pop => { byte[] packet = Good(pop); packet[10] ^= 1; return packet; }),
        ("a UDP length that is not IP's", SaseDrop.OuterMalformed, pop => With(pop, packet => packet[25]--)),
        ("a UDP checksum that is wrong", SaseDrop.OuterChecksum, pop => With(pop, packet => packet[26] = 0x12)),
        ("a fragment of an outer packet", SaseDrop.OuterFragment, pop => With(pop, packet => (packet[6], packet[7]) = (0x20, 0))),
        ("a packet for another endpoint", SaseDrop.NotLocalVtep, pop => With(pop, packet => packet[19]++)),
        ("a packet for another port", SaseDrop.NotLocalVtep, pop => With(pop, packet => packet[23]++)),
        ("the node's own address as source", SaseDrop.OwnSource, pop => With(pop, packet => pop.Nodes[0].Write(packet.AsSpan(12)))),
        ("a source that is nobody's", SaseDrop.UnknownVtep, pop => With(pop, packet => packet[15] = 99)),
        ("a version that is not 0", SaseDrop.BadVersion, pop => With(pop, packet => packet[28] |= 0x40)),
        ("options longer than the packet", SaseDrop.BadOptions, pop => TunnelPackets.Outer(pop.Gateways[0], pop.Nodes[0], GeneveHeader.Port, [0x3F, 0, 0x65, 0x58, 0, 3, 0xE9, 0])),
        ("an option that passes the options", SaseDrop.BadOptions, pop => WithOptions(pop, 0xFF, 0xF5, 1, 0x1F, 0, 0, 1, 0)),
        ("an option of a known kind whose data passes the options", SaseDrop.BadOptions, pop => WithOptions(pop, 0xFF, 0xF5, 2, 2, 0, 0, 0, 0)),
        ("an option twice", SaseDrop.BadOptions, pop => WithOptions(pop, 0xFF, 0xF5, 1, 1, 0, 0, 1, 0, 0xFF, 0xF5, 1, 1, 0, 0, 1, 0)),
        ("an epoch of another length", SaseDrop.BadOptions, pop => WithOptions(pop, 0xFF, 0xF5, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0)),
        ("a critical option that is not known", SaseDrop.UnknownCriticalOption, pop => WithOptions(pop, 1, 2, 0x83, 0)),
        ("the O bit", SaseDrop.Control, pop => With(pop, packet => packet[29] |= 0x80)),
        ("no Ethernet frame", SaseDrop.UnknownPayload, pop => With(pop, packet => (packet[30], packet[31]) = (8, 0))),
        ("virtual network 0", SaseDrop.UnknownVni, pop => TunnelPackets.Geneve(pop, 0, 0, Inner())),
        ("virtual network 0xFFFFFF", SaseDrop.UnknownVni, pop => TunnelPackets.Geneve(pop, 0, 0xFFFFFF, Inner())),
        ("a virtual network that nobody has", SaseDrop.UnknownVni, pop => TunnelPackets.Geneve(pop, 0, 4711, Inner())),
        ("a tenant's network from a gateway that may not speak for it", SaseDrop.VtepNotAllowed, pop => TunnelPackets.Geneve(pop, 1, Globex, Inner())),
        ("an inner frame that is cut off", SaseDrop.InnerMalformed, pop => TunnelPackets.Outer(pop.Gateways[0], pop.Nodes[0], GeneveHeader.Port, [.. Good(pop).AsSpan(28, 28 + 9)])),
        ("an inner frame for another machine", SaseDrop.NotRouterMac, pop => With(pop, packet => packet[28 + 28 + 5]++)),
        ("a group as the sender of an inner frame", SaseDrop.InnerMalformed, pop => With(pop, packet => packet[28 + 28 + 6] |= 1)),
        ("an inner packet that is cut off", SaseDrop.InnerMalformed, pop => TunnelPackets.Geneve(pop, 0, Acme, Inner()[..24])),
        ("an inner header that does not add up", SaseDrop.InnerMalformed, pop => { byte[] inner = Inner(); inner[10] ^= 1; return TunnelPackets.Geneve(pop, 0, Acme, inner); }),
        ("a multicast inner source", SaseDrop.InnerAddress, pop => TunnelPackets.Geneve(pop, 0, Acme, Udp(IPv4Address.Parse("224.0.0.5"), 1, Remote, 2))),
        ("a loopback inner source", SaseDrop.InnerAddress, pop => TunnelPackets.Geneve(pop, 0, Acme, Udp(IPv4Address.Parse("127.0.0.1"), 1, Remote, 2))),
        ("a broadcast inner destination", SaseDrop.InnerAddress, pop => TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1, IPv4Address.LimitedBroadcast, 2))),
        ("an inner time to live of 0", SaseDrop.TtlExpired, pop => TunnelPackets.Geneve(pop, 0, Acme, Aged(0))),
        ("an inner time to live of 1", SaseDrop.TtlExpired, pop => TunnelPackets.Geneve(pop, 0, Acme, Aged(1))),
        ("a segment of a connection that nobody opened", SaseDrop.NoFlow, pop => TunnelPackets.Geneve(pop, 0, Acme, Tcp(Site, 1, Remote, 80, TcpFlags.Ack))),
        ("a SYN with a RST", SaseDrop.NoFlow, pop => TunnelPackets.Geneve(pop, 0, Acme, Tcp(Site, 1, Remote, 80, TcpFlags.Syn | TcpFlags.Rst))),
        ("an echo reply that nobody asked for", SaseDrop.NoFlow, pop => TunnelPackets.Geneve(pop, 0, Acme, Echo(Site, Remote, 5, reply: true))),
        ("an ICMP error about no flow", SaseDrop.IcmpError, pop => TunnelPackets.Geneve(pop, 0, Acme, Error(Site, Remote, Udp(Remote, 5, Site, 6)))),
        ("a destination without a route", SaseDrop.NoRoute, pop => TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1, IPv4Address.Parse("10.3.0.1"), 2))),
        ("a protocol that cannot be translated", SaseDrop.Unsupported, pop => TunnelPackets.Geneve(pop, 0, Acme, Datagram(Site, Remote, IpProtocol.Gre, new byte[16], dontFragment: true))),
        ("a flow that the policy forbids", SaseDrop.Policy, pop => TunnelPackets.Geneve(pop, 0, Globex, Inner())),
        ("a packet of a node that nobody sent on", SaseDrop.VtepNotAllowed, pop => With(pop, packet => pop.Nodes[1].Write(packet.AsSpan(12)))),
        ("a congestion mark on the way of a packet that knows of none", SaseDrop.Congestion, pop => TunnelPackets.Geneve(pop, 0, Acme, Inner(), tos: 3)),
    ];

    public static TheoryData<string> Sentences => [.. Cases.Select(item => item.Sentence)];

    [Theory]
    [MemberData(nameof(Sentences))]
    public void It_is_dropped_for_its_own_reason_and_leaves_no_trace(string sentence)
    {
        (_, SaseDrop reason, Func<PopOptions, byte[]> make) = Cases.Single(item => item.Sentence == sentence);
        using ManagedServiceNode node = Ready(out PopOptions pop);
        Dictionary<SaseDrop, long> expected = DropsOf(node);
        expected[reason]++;
        Assert.Equal(reason, TunnelPackets.Offer(node, pop, make(pop), out _).Drop);
        Assert.Equal(expected, DropsOf(node));
        Assert.Equal((0, 0), (node.FlowCount, node.BindingCount));
    }

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Between_two_good_ones_in_a_burst_it_is_dropped_for_its_own_reason_too(string sentence)
    {
        (_, SaseDrop reason, Func<PopOptions, byte[]> make) = Cases.Single(item => item.Sentence == sentence);
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[] good = TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 77, Remote, 53));
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, good, out _).Action);
        byte[][] packets = [good, make(pop), good];
        var burst = new PacketBurst([.. packets.Select(packet => (byte[])[.. new byte[pop.Overhead], .. packet])], pop.Overhead, [.. packets.Select(packet => packet.Length)]);
        long before = node.Counters.Drops[reason];
        node.FromTunnel(ref burst, TunnelPackets.Now);
        Assert.Equal([SaseDrop.None, reason, SaseDrop.None], burst.Verdicts.Select(verdict => verdict.Drop));
        Assert.Equal((before + 1, 1), (node.Counters.Drops[reason], node.FlowCount));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Alloc)]
    [MemberData(nameof(Sentences))]
    public void To_drop_it_allocates_nothing(string sentence)
    {
        (_, SaseDrop reason, Func<PopOptions, byte[]> make) = Cases.Single(item => item.Sentence == sentence);
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[] packet = make(pop);
        byte[] buffer = new byte[pop.Overhead + packet.Length];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                packet.CopyTo(buffer, pop.Overhead);
                _ = node.FromTunnel(buffer, pop.Overhead, packet.Length, TunnelPackets.Now);
            }
        }));
        Assert.True(node.Counters.Drops[reason] >= 200);
    }

    [Fact]
    public void Sixty_three_empty_options_are_walked_and_cost_nothing_more()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[] options = [.. Enumerable.Repeat((byte[])[1, 2, 3, 0], 63).SelectMany(option => option)];
        Assert.Equal(SaseDrop.None, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Inner(), options), out _).Drop);

        // The last one counts as much as the first.
        options[^2] |= 0x80;
        Assert.Equal(SaseDrop.UnknownCriticalOption, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Inner(), options), out _).Drop);
    }

    [Fact]
    public void A_tenants_flood_of_new_flows_ends_at_its_own_quota_and_changes_nothing_for_another()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[] mine = TunnelPackets.Geneve(pop, 0, Acme, Tcp(Site, 99, Remote, 80, TcpFlags.Syn));
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, mine, out byte[] before).Action);
        int refused = 0;
        for (int port = 1; port <= 3000; port++)
        {
            refused += TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, 1003, Udp(Site, (ushort)port, Remote, 53)), out _).Drop == SaseDrop.Quota ? 1 : 0;
        }

        Assert.Equal(3000 - 1024, refused);
        Assert.Equal(1024, node.FlowsOf(1003));
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, mine, out byte[] after).Action);
        Assert.Equal(before, after);
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Inner()), out _).Action);
    }

    [Fact]
    public void A_full_table_refuses_new_flows_and_keeps_those_that_are_there()
    {
        PopOptions pop = Pop.Base(2, 2);
        using var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 1, Flows = 64, Start = Pop.Start });
        node.Configure([Make(Acme)]);
        Age(node);
        SaseVerdict[] verdicts = [.. Enumerable.Range(1, 80).Select(port => TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, (ushort)port, Remote, 53)), out _))];
        Assert.All(verdicts[..64], verdict => Assert.Equal(SaseAction.ToUplink, verdict.Action));
        Assert.All(verdicts[64..], verdict => Assert.Equal(SaseDrop.TableFull, verdict.Drop));
        Assert.Equal((64, 64), (node.FlowCount, node.BindingCount));
    }

    [Fact]
    public void A_segment_that_is_removed_takes_its_flows_along_and_nobody_elses()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[] packet = TunnelPackets.Geneve(pop, 0, Acme, Inner());
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, packet, out byte[] sent).Action);
        node.Configure([Make(1003)]);
        Assert.Equal(SaseDrop.UnknownVni, TunnelPackets.Offer(node, pop, packet, out _).Drop);
        byte[] answer = [.. new byte[pop.Overhead], .. Udp(Remote, 53, Flow(sent).Source, Flow(sent).SourcePort)];
        Assert.Equal(SaseDrop.NoRoute, node.FromUplink(answer, pop.Overhead, answer.Length - pop.Overhead, TunnelPackets.Now).Drop);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_tenant_that_was_removed_and_comes_back_is_judged_as_if_it_had_never_been_there(bool atOnce)
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[] mine = TunnelPackets.Geneve(pop, 0, Acme, Inner()), others = TunnelPackets.Geneve(pop, 0, 1003, Inner());
        byte[] open = TunnelPackets.Geneve(pop, 0, Acme, Tcp(Site, 7, Remote, 80, TcpFlags.Syn)), middle = TunnelPackets.Geneve(pop, 0, Acme, Tcp(Site, 7, Remote, 80, TcpFlags.Ack));
        Assert.Equal(SaseAction.ToUplink, Give(mine, out _));
        Assert.Equal(SaseAction.ToUplink, Give(open, out _));
        Assert.Equal(SaseAction.ToUplink, Give(middle, out _));
        Assert.Equal(SaseAction.ToUplink, Give(others, out byte[] before));
        node.Configure([Make(1003)]);
        Assert.Equal(SaseAction.ToUplink, Give(others, out byte[] after));
        Assert.Equal(before, after);

        // Forbidden now, under another address, or in the middle of a connection that nobody opened in this life.
        node.Configure([Make(Acme) with { Policy = new SegmentPolicy([]) }, Make(1003)]);
        Assert.Equal((SaseAction.Drop, 1L), (Give(mine, out _), node.Counters.Drops[SaseDrop.Policy]));
        Assert.Equal(0, node.FlowsOf(Acme));
        node.Configure([Make(1003)]);
        var moved = IPv4Address.Parse("203.0.113.200");
        node.Configure([Make(Acme) with { PublicAddresses = [moved] }, Make(1003)]);
        long refused = node.Counters.Drops[SaseDrop.NoFlow];
        Assert.Equal((SaseAction.Drop, refused + 1), (Give(middle, out _), node.Counters.Drops[SaseDrop.NoFlow]));
        Assert.Equal(SaseAction.ToUplink, Give(mine, out byte[] sent));
        Assert.Equal(moved, Flow(sent).Source);
        Assert.Equal(SaseAction.ToUplink, Give(others, out after));
        Assert.Equal(before, after);
        Assert.Equal((2, 2, 1, 1), (node.FlowCount, node.BindingCount, node.FlowsOf(Acme), node.FlowsOf(1003)));

        SaseAction Give(byte[] packet, out byte[] result)
        {
            if (!atOnce)
            {
                return TunnelPackets.Offer(node, pop, packet, out result).Action;
            }

            var burst = new PacketBurst([[.. new byte[pop.Overhead], .. packet]], pop.Overhead, [packet.Length]);
            node.FromTunnel(ref burst, TunnelPackets.Now);
            SaseVerdict verdict = burst.Verdicts[0];
            result = burst.Buffer(0, out _, out _).Slice(verdict.Offset, verdict.Length).ToArray();
            return verdict.Action;
        }
    }

    [Fact]
    public void Flows_of_a_tenant_that_is_removed_end_without_a_packet_and_the_backup_is_told()
    {
        using var world = new Pop(2, 3, [Make(Acme), Make(1003)]);
        world.Run(600);
        for (ushort port = 1; port <= 300; port++)
        {
            _ = world.FromSite(0, Acme, Udp(Site, port, Remote, 53));
        }

        _ = world.FromSite(0, 1003, Inner());
        world.Run(50);
        ManagedServiceNode owner = world.Nodes[world.ActiveOf(0)], backup = world.Nodes[owner.BackupOf(0)];
        Assert.Equal((301, 301, 300), (owner.FlowCount, backup.FlowCount, backup.FlowsOf(Acme)));
        owner.Configure([Make(1003)]);
        world.Run(100);
        Assert.Equal((1, 1, 1, 1), (owner.FlowCount, owner.BindingCount, backup.FlowCount, backup.BindingCount));
        Assert.Equal((0L, 1, 0), (owner.Counters.EndsLost, backup.FlowsOf(1003), backup.FlowsOf(Acme)));
    }

    [Fact]
    public void Later_fragments_and_errors_are_judged_by_what_their_flow_has_become_too()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[][] pieces = Fragments(Udp(Site, 1, Remote, 2, payload: 100, dontFragment: false, id: 9), 48, 9);
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, pieces[0]), out byte[] first).Action);
        byte[] error = Error(Remote, Flow(first).Source, Udp(Flow(first).Source, Flow(first).SourcePort, Remote, 2));
        Assert.Equal(SaseAction.ToTunnel, FromInternet().Action);
        node.Configure([Make(Acme) with { Policy = new SegmentPolicy([]) }, Make(1003)]);
        Assert.Equal(SaseDrop.Policy, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, pieces[1]), out _).Drop);
        Assert.Equal(SaseDrop.IcmpError, FromInternet().Drop);
        Assert.Equal((0, 0), (node.FlowCount, node.BindingCount));

        SaseVerdict FromInternet() => node.FromUplink((byte[])[.. new byte[pop.Overhead], .. error], pop.Overhead, error.Length, TunnelPackets.Now);
    }

    [Fact]
    public void A_tenants_flood_of_expired_packets_takes_no_ICMP_error_from_another()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, options => options with { ErrorsPerSecond = 100 });
        byte[] expired = Udp(Site, 1234, Remote, 53, payload: 100);
        expired[8] = 1;
        expired = TunnelPackets.Mended(expired);
        for (int i = 0; i < 1000; i++)
        {
            _ = TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, 1003, expired), out _);
        }

        // Its share of the three tenants' half, and the half that is for all.
        Assert.Equal(16 + 50, node.Counters.Errors);
        SaseVerdict answered = TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, expired), out _);
        Assert.Equal((SaseAction.ToTunnel, SaseDrop.TtlExpired), (answered.Action, answered.Drop));
    }

    [Fact]
    public void A_tenants_first_fragments_make_the_node_forget_nobody_elses()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[][] mine = Fragments(Udp(Site, 1, Remote, 2, payload: 100, dontFragment: false, id: 9), 48, 9);
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, mine[0]), out _).Action);
        for (int id = 1; id <= 20_000; id++)
        {
            byte[] first = Fragments(Udp(Site, 1, Remote, 2, payload: 100, dontFragment: false, id: (ushort)id), 48, (ushort)id)[0];
            Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, 1003, first), out _).Action);
        }

        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, mine[1]), out _).Action);
    }

    [Fact]
    public void What_is_held_for_a_tenant_that_is_removed_meanwhile_goes_no_further()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, options => options with { Commit = new CommitOptions() });
        byte[][] pieces = Fragments(Udp(Site, 1, Remote, 2, payload: 100, dontFragment: false, id: 9), 48, 9);
        Assert.Equal(SaseAction.Held, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, pieces[1]), out _).Action);
        Assert.True(TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, pieces[0]), out _).Released);
        node.PeerUp(1);
        node.Advance(TunnelPackets.Now);
        Assert.Equal(SaseAction.Held, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Inner()), out _).Action);
        node.Configure([Make(1003)]);
        byte[] held = new byte[pop.MtuBytes];
        Assert.True(node.TryTakeHeld(held, out int length, out _));
        Assert.Equal(SaseDrop.UnknownVni, TunnelPackets.Offer(node, pop, held[..length], out _).Drop);
        node.PeerDown(1);
        node.Advance(TunnelPackets.Now);
        Assert.False(node.TryTakeCommitted(held, out _));
        Assert.Equal((1L, 0), (node.Counters.CommitsGivenUp, node.WaitingPackets));
    }

    [Fact]
    public void A_tenants_fragments_whose_first_ones_never_come_take_no_room_from_anothers()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        byte[] Later(uint vni, ushort id) => TunnelPackets.Geneve(pop, 0, vni, Fragments(Udp(Site, 1, Remote, 2, payload: 100, dontFragment: false, id: id), 48, id)[1]);
        int held = 0;
        for (ushort id = 1; id <= 2000; id++)
        {
            held += TunnelPackets.Offer(node, pop, Later(1003, id), out _).Action == SaseAction.Held ? 1 : 0;
        }

        Assert.InRange(held, 1, 128);
        Assert.Equal(2000 - held, node.Counters.Drops[SaseDrop.Fragment]);
        Assert.Equal(SaseAction.Held, TunnelPackets.Offer(node, pop, Later(Acme, 1), out _).Action);
    }

    [Fact]
    public void A_packet_that_two_nodes_would_send_on_to_each_other_goes_once()
    {
        using var world = new Pop(2, 3, [Make(Acme)]);
        world.Run(600);
        int owner = world.ActiveOf(0);
        int other = Enumerable.Range(0, 3).First(node => node != owner);
        PopOptions toOther = world.Options with { Nodes = [world.Options.Nodes[other], .. world.Options.Nodes.Where((_, node) => node != other)] };
        byte[] twice = TunnelPackets.Geneve(toOther, 0, Acme, Inner(), TunnelPackets.Options(world.Options, Epoch.None, 0x8000));
        Assert.Equal(SaseDrop.RedirectedTwice, TunnelPackets.Offer(world.Nodes[other], world.Options, twice, out _).Drop);
    }

    [Fact]
    public void Messages_that_are_damaged_forged_late_or_of_another_version_change_nothing()
    {
        using var world = new Pop(2, 3, [Make(Acme)]);
        world.Run(600);
        int owner = world.ActiveOf(0);
        ManagedServiceNode node = world.Nodes[(owner + 1) % 3];
        byte[] claim = [0x57, 0x53, 1, 1, 1, (byte)owner, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 1, 255, 0, 0, 0, 1, (byte)owner];
        Epoch before = node.EpochOf(0);
        IPv4Address from = world.Options.Nodes[owner];
        Assert.Equal(MessageVerdict.Accepted, node.Receive(claim, from, world.Now));
        Assert.Equal(MessageVerdict.UnknownSender, node.Receive(claim, world.Options.Gateways[0], world.Now));
        Assert.Equal(MessageVerdict.UnknownSender, node.Receive(claim, Remote, world.Now));
        Assert.Equal(MessageVerdict.OtherVersion, node.Receive([.. claim[..2], 2, .. claim[3..]], from, world.Now));
        // A later epoch would be taken at once from who may say it, and from nobody else.
        Epoch next = before.Next(owner);
        byte[] later = [.. claim[..20], (byte)(next.Value >> 24), (byte)(next.Value >> 16), (byte)(next.Value >> 8), (byte)next.Value];
        Assert.Equal(MessageVerdict.UnknownSender, node.Receive(later, world.Options.Gateways[0], world.Now));
        Assert.Equal(MessageVerdict.UnknownSender, node.Receive(later, Remote, world.Now));
        Assert.Equal(MessageVerdict.OtherVersion, node.Receive([.. later[..2], 2, .. later[3..]], from, world.Now));
        for (int length = 0; length < claim.Length; length++)
        {
            Assert.Equal(MessageVerdict.Malformed, node.Receive(claim.AsSpan(0, length), from, world.Now));
            Assert.Equal(MessageVerdict.Malformed, node.Receive(later.AsSpan(0, length), from, world.Now));
        }

        Assert.Equal(before, node.EpochOf(0));
        Assert.Equal(owner, world.ActiveOf(0));
        Assert.Equal(MessageVerdict.Accepted, node.Receive(later, from, world.Now));
        Assert.Equal(next, node.EpochOf(0));
    }

    [Fact]
    public void A_clock_that_steps_forward_stops_the_node_until_it_is_confirmed_and_one_that_steps_back_does_nothing()
    {
        using var world = new Pop(2, 3, [Make(Acme)]);
        world.Run(600);
        ManagedServiceNode owner = world.Nodes[world.ActiveOf(0)];
        Epoch epoch = owner.EpochOf(0);
        byte[]? left = null;
        world.OnUplink = (_, _, packet) => left = packet;
        _ = world.FromSite(0, Acme, Inner());
        world.Run(10);
        byte[]? before = left;
        Assert.NotNull(before);
        for (int i = 0; i < 100; i++)
        {
            owner.Advance(world.Now - TimeSpan.FromHours(1));
        }

        Assert.Equal((BundleRole.Active, epoch, 1, 1), (owner.RoleOf(0), owner.EpochOf(0), owner.FlowCount, owner.BindingCount));
        byte[] packet = TunnelPackets.Geneve(Toward(world.Options, world.ActiveOf(0)), 0, Acme, Inner(), TunnelPackets.Options(world.Options, epoch, 0));
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(owner, world.Options, packet, out byte[] again).Action);
        Assert.Equal(before, again);
        owner.Advance(world.Now + TimeSpan.FromHours(1));
        Assert.Equal((BundleRole.Suspended, epoch), (owner.RoleOf(0), owner.EpochOf(0)));
    }

    [Fact]
    public void Flows_that_all_collide_under_one_secret_cost_neither_that_table_its_flows_nor_another_tenant_its_own()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        var secret = new KeyedHash(pop.Seed);
        ushort[] colliding = [.. Enumerable.Range(1, 65_535).Select(port => (ushort)port).Where(port => secret.Hash(new FlowKey4(Site, Remote, IpProtocol.Udp, port, 53, 1003)) >> 57 == 5).Take(300)];
        Assert.Equal(300, colliding.Length);

        // The upper half of the hash chooses the bucket: all of them are at home in one part of 128.
        foreach (ushort port in colliding)
        {
            Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, 1003, Udp(Site, port, Remote, 53)), out _).Action);
        }

        Assert.Equal(300, node.FlowsOf(1003));
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Inner()), out _).Action);

        // Whoever does not know the secret cannot choose them: under another one they lie anywhere.
        var other = new KeyedHash(new HashSeed(pop.Seed.Low, pop.Seed.High + 1));
        int[] places = [.. colliding.GroupBy(port => other.Hash(new FlowKey4(Site, Remote, IpProtocol.Udp, port, 53, 1003)) >> 57).Select(place => place.Count())];
        Assert.True(places.Max() < 20, $"{places.Max()} of 300 in one of {places.Length} places");
    }

    [Fact]
    public void Random_bytes_and_random_changes_never_throw_and_are_always_counted()
    {
        var random = new Random(11);
        using ManagedServiceNode node = Ready(out PopOptions pop);
        using var gateway = new CloudGateway(new CloudGatewayOptions { Pop = pop, Gateway = 0, Segments = [new GatewaySegment(Acme, 0)], Start = Pop.Start });
        gateway.NodeUp(0);
        gateway.Advance(Pop.Start);
        byte[] good = Good(pop);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] packet = i % 3 == 0 ? new byte[random.Next(200)] : good.AsSpan(0, i % 3 == 1 ? good.Length : random.Next(good.Length)).ToArray();
            if (i % 3 == 0)
            {
                random.NextBytes(packet);
            }

            for (int flips = random.Next(4); flips >= 0 && packet.Length > 0; flips--)
            {
                packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
            }

            if (packet.Length >= 20 && i % 2 == 0)
            {
                packet = TunnelPackets.Mended(packet);
            }

            byte[] buffer = [.. new byte[128], .. packet];
            _ = node.FromTunnel((byte[])buffer.Clone(), 128, packet.Length, TunnelPackets.Now);
            _ = node.FromUplink((byte[])buffer.Clone(), 128, packet.Length, TunnelPackets.Now);
            _ = gateway.FromNode((byte[])buffer.Clone(), 128, packet.Length);
            _ = gateway.ToNode((byte[])buffer.Clone(), 128, packet.Length, Acme);
            _ = node.Receive(packet, pop.Nodes[1], TunnelPackets.Now);
            _ = gateway.Receive(packet, pop.Nodes[0]);
        }

        long seen = node.Counters.ToUplink + node.Counters.ToTunnel + node.Counters.Held + node.Counters.Redirected + node.Counters.Answered
            + Enum.GetValues<SaseDrop>().Sum(reason => node.Counters.Drops[reason]);

        // An error is the answer to a drop, which is counted; one packet was dropped before the first of these.
        Assert.Equal(40_001, seen);
        ref readonly CloudGatewayCounters counters = ref gateway.Counters;
        long atGateway = counters.ToNode + counters.ToTenant + counters.Bypassed;
        foreach (SaseDrop reason in Enum.GetValues<SaseDrop>())
        {
            atGateway += counters.Drops[reason];
        }

        Assert.Equal(40_000, atGateway);
    }

    internal static ManagedServiceNode Ready(out PopOptions pop, Func<ServiceNodeOptions, ServiceNodeOptions>? adjust = null)
    {
        pop = Pop.Base(2, 2);
        var options = new ServiceNodeOptions { Pop = pop, Node = 0, Incarnation = 1, Flows = 8192, Segments = 64, Start = Pop.Start };
        var node = new ManagedServiceNode(adjust is null ? options : adjust(options));
        node.Configure([Make(Acme), Make(Globex) with { Gateways = [0], Policy = new SegmentPolicy([]) }, Make(1003)]);
        Age(node);

        // Everything is the node's before anything hostile comes; the refused packet leaves no flow.
        _ = TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, 1003, Echo(Site, Remote, 1, reply: true)), out _);
        Assert.Equal(BundleRole.Active, node.RoleOf(0));
        return node;
    }

    internal static PopOptions Toward(PopOptions pop, int node) => pop with { Nodes = [pop.Nodes[node], .. pop.Nodes.Where((_, other) => other != node)] };

    private static Dictionary<SaseDrop, long> DropsOf(ManagedServiceNode node) => Enum.GetValues<SaseDrop>().ToDictionary(reason => reason, reason => node.Counters.Drops[reason]);

    private static void Age(ManagedServiceNode node)
    {
        for (int i = 0; i <= 400; i++)
        {
            node.Advance(Pop.Start + TimeSpan.FromMilliseconds(i));
        }
    }

    private static byte[] Inner() => Udp(Site, 1234, Remote, 53);

    private static byte[] Aged(byte timeToLive)
    {
        byte[] inner = Inner();
        inner[8] = timeToLive;
        return TunnelPackets.Mended(inner);
    }

    private static byte[] Good(PopOptions pop) => TunnelPackets.Geneve(pop, 0, Acme, Inner());

    private static byte[] With(PopOptions pop, Action<byte[]> change)
    {
        byte[] packet = Good(pop);
        change(packet);
        return TunnelPackets.Mended(packet);
    }

    private static byte[] WithOptions(PopOptions pop, params byte[] options) => TunnelPackets.Geneve(pop, 0, Acme, Inner(), options);
}
