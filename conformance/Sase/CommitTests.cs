using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>New flows, which wait until the backup knows them.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class CommitTests
{
    private const uint Acme = 1001;

    [Fact]
    public void The_first_packet_of_a_flow_leaves_when_the_backup_has_said_that_it_knows_the_flow_and_not_before()
    {
        using Pop pop = Running(new CommitOptions { FailOpen = false }, out int owner, out int backup);
        var left = new List<Timestamp>();
        pop.OnUplink = (node, _, _) =>
        {
            left.Add(pop.Now);
            Assert.Equal((owner, 1), (node, pop.Nodes[backup].FlowsOf(Acme)));
        };
        Timestamp sent = pop.Now;
        _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
        pop.Run(10);

        // A millisecond each to the node, to the backup, and back.
        Assert.Equal(TimeSpan.FromMilliseconds(3), Assert.Single(left) - sent);
        _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
        pop.Run(1);
        Assert.Equal(2, left.Count);
        Check(pop.Nodes[owner], waits: 1, acknowledged: 1);
    }

    [Fact]
    public void What_a_site_sends_meanwhile_follows_in_its_order()
    {
        using Pop pop = Running(new CommitOptions(), out int owner, out int backup);
        pop.Cut(pop.MemberOf(owner), pop.MemberOf(backup));
        var left = new List<byte>();
        pop.OnUplink = (_, _, packet) => left.Add(packet[^1]);
        for (byte number = 1; number <= 9; number++)
        {
            byte[] packet = Udp(Site, 1, Remote, 53, checksum: false);
            packet[^1] = number;
            _ = pop.FromSite(0, Acme, packet);
            pop.Run(1);
        }

        Assert.Empty(left);
        pop.Cut(pop.MemberOf(owner), pop.MemberOf(backup), cut: false);
        pop.Run(40);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], left);
        Check(pop.Nodes[owner], waits: 9, acknowledged: 9);
    }

    [Fact]
    public void What_the_Internet_opens_waits_like_what_a_site_opens()
    {
        SegmentOptions tenant = Make(Acme) with
        {
            Published = [new PublishedService(IpProtocol.Tcp, PublicOf(Acme), 443, Site, 8443)],
            Policy = new SegmentPolicy([new PolicyRule { Name = "web", Allow = true, FromUplink = true }]),
        };
        using Pop pop = Running(new CommitOptions { FailOpen = false }, out int owner, out int backup, tenant);
        int received = 0;
        pop.OnTenant = (_, _, _) =>
        {
            received++;
            Assert.Equal(1, pop.Nodes[backup].FlowsOf(Acme));
        };
        Assert.Equal(SaseAction.Held, pop.FromInternet(owner, Tcp(Remote, 5555, PublicOf(Acme), 443, TcpFlags.Syn)).Action);
        pop.Run(10);
        Assert.Equal(1, received);
        Check(pop.Nodes[owner], waits: 1, acknowledged: 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_backup_that_says_nothing_holds_nobody_longer_than_is_configured(bool open)
    {
        using Pop pop = Running(new CommitOptions { Wait = TimeSpan.FromMilliseconds(12), FailOpen = open }, out int owner, out int backup);
        int left = 0;
        pop.OnUplink = (_, _, _) => left++;
        pop.Cut(pop.MemberOf(owner), pop.MemberOf(backup));
        _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
        pop.Run(12);
        Assert.Equal((0, 1, 1), (left, pop.Nodes[owner].WaitingPackets, pop.Nodes[owner].FlowCount));
        pop.Run(2);
        Assert.Equal((open ? 1 : 0, 0, open ? 1 : 0), (left, pop.Nodes[owner].WaitingPackets, pop.Nodes[owner].FlowCount));
        Check(pop.Nodes[owner], waits: 1, expired: open ? 1 : 0, givenUp: open ? 0 : 1);
        Assert.Equal(open ? 0 : 1, pop.Nodes[owner].Counters.Drops[SaseDrop.Uncommitted]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void More_packets_than_may_wait_leave_or_end_as_configured(bool open)
    {
        using Pop pop = Running(new CommitOptions { Packets = 4, FailOpen = open }, out int owner, out int backup);
        int left = 0;
        pop.OnUplink = (_, _, _) => left++;
        pop.Cut(pop.MemberOf(owner), pop.MemberOf(backup));
        for (ushort port = 1; port <= 6; port++)
        {
            _ = pop.FromSite(0, Acme, Udp(Site, port, Remote, 53));
        }

        pop.Run(2);
        ManagedServiceNode node = pop.Nodes[owner];
        Assert.Equal((open ? 2 : 0, 4, open ? 6 : 4), (left, node.WaitingPackets, node.FlowCount));
        Assert.Equal((open ? 2L : 0, open ? 0L : 2), (node.Counters.CommitsSkipped, node.Counters.Drops[SaseDrop.Uncommitted]));
        pop.Cut(pop.MemberOf(owner), pop.MemberOf(backup), cut: false);
        pop.Run(40);
        Assert.Equal(open ? 6 : 4, left);
        Check(node, waits: 4, acknowledged: 4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_tenants_flood_of_new_flows_leaves_places_to_wait_in_to_the_others(bool open)
    {
        using var pop = new Pop(2, 3, [Make(Acme), Make(1002)], adjust: (_, options) => options with { Commit = new CommitOptions { Packets = 16, FailOpen = open } });
        pop.Run(600);
        int owner = pop.ActiveOf(0), backup = pop.Nodes[owner].BackupOf(0), left = 0;
        pop.Cut(pop.MemberOf(owner), pop.MemberOf(backup));
        for (ushort port = 1; port <= 100; port++)
        {
            _ = pop.FromSite(0, 1002, Udp(Site, port, Remote, 53));
        }

        pop.Run(1);
        Assert.Equal(8, pop.Nodes[owner].WaitingPackets);
        pop.OnUplink = (_, vni, _) => left += vni == Acme ? 1 : 0;
        _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
        pop.Run(2);
        Assert.Equal((0, 9, 1), (left, pop.Nodes[owner].WaitingPackets, pop.Nodes[owner].FlowsOf(Acme)));
        pop.Cut(pop.MemberOf(owner), pop.MemberOf(backup), cut: false);
        pop.Run(60);
        Assert.Equal((1, 0), (left, pop.Nodes[owner].WaitingPackets));
        Check(pop.Nodes[owner], waits: 9, acknowledged: 9);
    }

    [Fact]
    public void A_flow_that_is_in_the_hands_of_a_backup_that_dies_is_told_to_the_next_one_before_it_leaves()
    {
        using Pop pop = Running(new CommitOptions { Wait = TimeSpan.FromSeconds(1), FailOpen = false }, out int owner, out int backup);
        pop.Kill(backup);
        int third = 3 - owner - backup;
        int left = 0;
        pop.OnUplink = (_, _, _) =>
        {
            left++;
            Assert.Equal((third, 1), (pop.Nodes[owner].BackupOf(0), pop.Nodes[third].FlowsOf(Acme)));
        };
        _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
        pop.Run(10);
        Assert.Equal(0, left);
        pop.Run(60);
        Assert.Equal(1, left);
        Check(pop.Nodes[owner], waits: 1, acknowledged: 1);
    }

    [Fact]
    public void Who_is_alone_waits_for_nobody()
    {
        using Pop pop = Running(new CommitOptions { Wait = TimeSpan.FromSeconds(1), FailOpen = false }, out int owner, out int backup);
        int left = 0;
        pop.OnUplink = (_, _, _) => left++;
        pop.Kill(backup);
        pop.Kill(3 - owner - backup);
        _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
        pop.Run(10);
        Assert.Equal(0, left);
        pop.Run(40);
        Assert.Equal(1, left);
        _ = pop.FromSite(0, Acme, Udp(Site, 2, Remote, 53));
        pop.Run(1);
        Assert.Equal(2, left);
        Check(pop.Nodes[owner], waits: 1, expired: 1);
    }

    [Fact]
    public void What_waits_at_a_node_that_is_replaced_while_it_stands_still_never_leaves_it()
    {
        using Pop pop = Running(new CommitOptions { Wait = TimeSpan.FromSeconds(1) }, out int owner, out _);
        int left = 0;
        pop.OnUplink = (node, _, _) => left += node == owner ? 1 : 0;
        Assert.Equal(SaseAction.Held, TunnelPackets.OfferTo(pop.Nodes[owner], pop.Options, owner, Acme, Udp(Site, 1, Remote, 53), pop.Now).Action);
        pop.Pause(owner, 100);
        pop.Run(400);
        Assert.Equal(BundleRole.Standby, pop.Nodes[owner].RoleOf(0));
        Assert.Equal(0, left);
        Check(pop.Nodes[owner], waits: 1, givenUp: 1);
    }

    [Fact]
    public void A_service_that_refuses_the_first_packet_has_nobody_wait()
    {
        using Pop pop = Running(new CommitOptions(), out int owner, out _, adjust: options => options with { Chain = new Refusal() });
        int before = pop.Nodes[owner].FlowCount;
        _ = pop.FromSite(0, Acme, Udp(Site, 1, Remote, 53));
        pop.Run(5);
        Assert.Equal((before, 0), (pop.Nodes[owner].FlowCount, pop.Nodes[owner].WaitingPackets));
        Check(pop.Nodes[owner]);
    }

    /// <summary>Every packet that waited is somewhere.</summary>
    internal static void Check(ManagedServiceNode node, long? waits = 0, long? acknowledged = 0, long? expired = 0, long? givenUp = 0)
    {
        ServiceNodeCounters counters = node.Counters;
        Assert.Equal(counters.CommitWaits, counters.CommitsAcknowledged + counters.CommitsExpired + counters.CommitsGivenUp + node.WaitingPackets);
        Assert.Equal((waits ?? counters.CommitWaits, acknowledged ?? counters.CommitsAcknowledged, expired ?? counters.CommitsExpired, givenUp ?? counters.CommitsGivenUp),
            (counters.CommitWaits, counters.CommitsAcknowledged, counters.CommitsExpired, counters.CommitsGivenUp));
    }

    private static Pop Running(CommitOptions commit, out int owner, out int backup, SegmentOptions? tenant = null, Func<ServiceNodeOptions, ServiceNodeOptions>? adjust = null)
    {
        var pop = new Pop(2, 3, [tenant ?? Make(Acme)], adjust: (_, options) => (adjust ?? (made => made))(options with { Commit = commit }));
        pop.Run(600);
        owner = pop.ActiveOf(0);
        backup = pop.Nodes[owner].BackupOf(0);
        Assert.True(pop.Nodes[owner].IsInSync(0));
        return pop;
    }

    private sealed class Refusal : IServiceChain
    {
        public bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now) => false;
    }
}
