using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>The log of sessions: MEF 117's session exists only after policy allowed it, is named once, and starts and ends.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SessionTests
{
    private const uint Acme = 1001;

    private static readonly FlowKey4 Question = new(Site, Remote, IpProtocol.Udp, 1234, 53, Acme);

    [Fact]
    public void A_session_starts_with_the_rule_that_allowed_it_and_ends_when_it_is_idle_with_what_passed()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        _ = Offer(node, pop, Udp(Site, 1234, Remote, 53), out byte[] sent);
        byte[] answer = [.. new byte[pop.Overhead], .. Udp(Remote, 53, Flow(sent).Source, Flow(sent).SourcePort, payload: 100)];
        Assert.Equal(SaseAction.ToTunnel, node.FromUplink(answer, pop.Overhead, answer.Length - pop.Overhead, TunnelPackets.Now).Action);
        SessionRecord start = Assert.Single(new SessionLedger().Take(node).All);
        Assert.Equal((SessionRecordKind.Started, SessionReason.Policy, "sites", Question, false), (start.Kind, start.Reason, start.Rule, start.Flow, start.FromUplink));
        Assert.Equal((Flow(sent).Source, Flow(sent).SourcePort, Acme, new SessionId(0, 9, 1)), (start.PublicAddress, start.PublicPort, start.Vni, start.Id));
        Age(node, TimeSpan.FromMinutes(6));
        SessionRecord end = Taken(node);
        Assert.Equal((SessionRecordKind.Ended, SessionReason.Idle, start.Id, start.Began, "sites"), (end.Kind, end.Reason, end.Id, end.Began, end.Rule));
        Assert.Equal((1L, 40L, 1L, 128L), (end.PacketsForward, end.BytesForward, end.PacketsBackward, end.BytesBackward));
        Assert.Equal((1L, 1L, 0L), (node.Counters.SessionsStarted, node.Counters.SessionsEnded, node.Counters.SessionRecordsLost));
    }

    [Fact]
    public void What_no_rule_allows_is_no_session_and_is_told_with_the_rule_that_forbids_it_or_none()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, policy: [new PolicyRule { Name = "no-web", Allow = false, Protocol = IpProtocol.Tcp }, new PolicyRule { Name = "dns", Allow = true, FirstPort = 53, LastPort = 53 }]);
        Assert.Equal(SaseDrop.Policy, Offer(node, pop, Tcp(Site, 1, Remote, 80, TcpFlags.Syn), out _));
        Assert.Equal(SaseDrop.Policy, Offer(node, pop, Udp(Site, 1, Remote, 54), out _));
        List<SessionRecord> all = new SessionLedger().Take(node).All;
        Assert.Equal([(SessionRecordKind.Blocked, SessionReason.Policy, "no-web"), (SessionRecordKind.Blocked, SessionReason.Policy, null)], all.Select(record => (record.Kind, record.Reason, record.Rule)));
        Assert.Equal((2L, 0L), (node.Counters.SessionsBlocked, node.Counters.SessionsStarted));
    }

    [Fact]
    public void What_a_service_refuses_from_its_first_packet_on_never_is_a_session()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, options => options with { Chain = new Refuser() });
        Assert.Equal(SaseDrop.Service, Offer(node, pop, Udp(Site, 1234, Remote, 53), out _));
        SessionRecord blocked = Taken(node);
        Assert.Equal((SessionRecordKind.Blocked, SessionReason.Service, Question), (blocked.Kind, blocked.Reason, blocked.Flow));
    }

    [Fact]
    public void What_the_Internet_opens_has_its_sender_as_the_source_and_the_servers_own_address()
    {
        IPv4Address server = Site;
        using ManagedServiceNode node = Ready(out PopOptions pop, policy: [new PolicyRule { Name = "shop", Allow = true, FromUplink = true }], change: segment => segment with { Published = [new PublishedService(IpProtocol.Udp, PublicOf(Acme), 5000, server, 53)] });
        byte[] packet = [.. new byte[pop.Overhead], .. Udp(Remote, 777, PublicOf(Acme), 5000)];
        Assert.Equal(SaseAction.ToTunnel, node.FromUplink(packet, pop.Overhead, packet.Length - pop.Overhead, TunnelPackets.Now).Action);
        SessionRecord start = Taken(node);
        Assert.Equal((new FlowKey4(Remote, server, IpProtocol.Udp, 777, 53, Acme), true, "shop", PublicOf(Acme), (ushort)5000), (start.Flow, start.FromUplink, start.Rule, start.PublicAddress, start.PublicPort));
        node.EndSessions();
        Assert.Equal((1L, 0L), (Taken(node) is var end ? end.PacketsForward : 0, end.PacketsBackward));
    }

    [Theory]
    [InlineData(TcpFlags.Rst, SessionReason.Reset)]
    [InlineData(TcpFlags.Syn, SessionReason.Idle)]
    public void The_end_of_a_connection_says_how_it_ended(TcpFlags last, SessionReason reason)
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        _ = Offer(node, pop, Tcp(Site, 1, Remote, 80, TcpFlags.Syn), out _);
        _ = Offer(node, pop, Tcp(Site, 1, Remote, 80, last), out _);
        Age(node, TimeSpan.FromMinutes(6));
        Assert.Equal([(SessionRecordKind.Started, SessionReason.Policy), (SessionRecordKind.Ended, reason)], new SessionLedger().Take(node).All.Select(record => (record.Kind, record.Reason)));
    }

    [Fact]
    public void A_policy_that_changes_ends_a_session_with_the_rule_that_forbids_it_now()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        _ = Offer(node, pop, Udp(Site, 1234, Remote, 53), out _);
        node.Configure([Make(Acme) with { Policy = new SegmentPolicy([new PolicyRule { Name = "closed", Allow = false }]) }]);
        Assert.Equal(SaseDrop.Policy, Offer(node, pop, Udp(Site, 1234, Remote, 53), out _));
        SessionLedger ledger = new SessionLedger().Take(node);
        Assert.Equal([("sites", SessionReason.Policy), ("closed", SessionReason.PolicyChanged)], ledger.All.Select(record => (record.Rule, record.Reason)));
        Assert.Equal(0, ledger.Open);
    }

    [Fact]
    public void A_tenant_that_is_removed_takes_its_sessions_along()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop);
        _ = Offer(node, pop, Udp(Site, 1234, Remote, 53), out _);
        node.Configure([Make(1003)]);
        Age(node, TimeSpan.FromMinutes(6));
        Assert.Equal(SessionReason.TenantRemoved, new SessionLedger().Take(node).All[^1].Reason);
    }

    [Fact]
    public void A_session_of_a_node_that_dies_goes_on_at_the_backup_under_its_name()
    {
        using var pop = new Pop(2, 3, [Make(Acme)], adjust: (_, options) => SessionLedger.Noted(options));
        var ledger = new SessionLedger();
        (int owner, SessionRecord start) = Begin(pop, ledger);
        pop.Kill(owner);
        ledger.Lose(owner);
        pop.Run(100);
        _ = pop.FromSite(0, Acme, Udp(Site, 1234, Remote, 53));
        pop.Run(20);
        SessionRecord next = ledger.Take(pop.Nodes[pop.ActiveOf(0)]).All[^1];
        Assert.Equal((SessionRecordKind.Started, SessionReason.TakenOver, "sites"), (next.Kind, next.Reason, next.Rule));
        Assert.Equal((start.Flow, start.PublicAddress, start.PublicPort), (next.Flow, next.PublicAddress, next.PublicPort));
        Assert.Equal((start.Id, (byte)owner), (next.Id, next.Id.Node));
        Assert.NotEqual(owner, pop.ActiveOf(0));
        Assert.Equal(1, ledger.Open);
    }

    [Fact]
    public void A_session_of_a_node_that_is_drained_ends_there_and_goes_on_at_the_backup()
    {
        using var pop = new Pop(2, 3, [Make(Acme)], adjust: (_, options) => SessionLedger.Noted(options));
        var ledger = new SessionLedger();
        (int owner, SessionRecord start) = Begin(pop, ledger);
        pop.Nodes[owner].Drain();
        pop.Run(300);
        Assert.Equal((SessionRecordKind.Ended, SessionReason.HandedOver, start.Id), ledger.Take(pop.Nodes[owner]).All[^1] is var end ? (end.Kind, end.Reason, end.Id) : default);
        _ = pop.FromSite(0, Acme, Udp(Site, 1234, Remote, 53));
        pop.Run(20);
        SessionRecord next = ledger.Take(pop.Nodes[pop.ActiveOf(0)]).All[^1];
        Assert.Equal((SessionReason.TakenOver, start.Id, 1), (next.Reason, next.Id, ledger.Open));

        // And back, still by its first name.
        int other = pop.ActiveOf(0);
        pop.Nodes[owner].Undrain();
        pop.Kill(3 - owner - other);
        pop.Run(100);
        pop.Nodes[other].Drain();
        pop.Run(300);
        Assert.Equal(owner, pop.ActiveOf(0));
        _ = pop.FromSite(0, Acme, Udp(Site, 1234, Remote, 53));
        pop.Run(20);
        _ = ledger.Take(pop.Nodes[other]).Take(pop.Nodes[owner]);
        Assert.Equal([start.Id], ledger.All.Select(record => record.Id).Distinct());
        Assert.Equal(1, ledger.Open);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Nodes_of_which_one_notes_sessions_tell_each_other_of_flows_all_the_same(int noting)
    {
        using var pop = new Pop(2, 2, [Make(Acme)], adjust: (node, options) => node == noting ? SessionLedger.Noted(options) : options);
        pop.Run(400);
        _ = pop.FromSite(0, Acme, Udp(Site, 1234, Remote, 53));
        pop.Run(100);
        int owner = pop.ActiveOf(0);
        Assert.Equal((1, 1), (pop.Nodes[owner].FlowCount, pop.Nodes[1 - owner].FlowCount));
        pop.Kill(owner);
        pop.Run(100);
        _ = pop.FromSite(0, Acme, Udp(Site, 1234, Remote, 53));
        pop.Run(20);
        Assert.Equal(1 - owner, pop.ActiveOf(0));
        Assert.Equal((1L, 0L), (pop.Nodes[1 - owner].Counters.ToUplink, pop.Nodes[1 - owner].Counters.RecordsRefused));
    }

    [Fact]
    public void A_node_that_stops_ends_every_session_however_little_room_there_is()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, options => options with { Sessions = options.Sessions! with { Records = 16 } });
        var ledger = new SessionLedger();
        for (ushort port = 1; port <= 200; port++)
        {
            _ = Offer(node, pop, Udp(Site, port, Remote, 53), out _);
            _ = ledger.Take(node);
        }

        Assert.Equal(200, ledger.Open);
        node.EndSessions();
        Assert.Equal(0, ledger.Take(node).Open);
        Assert.Equal((200L, 200L, 0L), (node.Counters.SessionsStarted, node.Counters.SessionsEnded, node.Counters.SessionRecordsLost));
        Assert.False(node.TryTakeSession(out _));
    }

    [Fact]
    public void Flows_that_live_when_somebody_begins_to_note_them_become_sessions_with_their_next_packet()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, options => options with { Sessions = null });
        _ = Offer(node, pop, Udp(Site, 1234, Remote, 53), out _);
        Assert.False(node.TryTakeSession(out _));
        node.NoteSessions(new SessionLogOptions { Series = 10 });
        Assert.False(node.TryTakeSession(out _));
        _ = Offer(node, pop, Udp(Site, 1234, Remote, 53), out _);
        Assert.Equal((SessionReason.TakenOver, "sites", new SessionId(0, 10, 1)), Taken(node) is var start ? (start.Reason, start.Rule, start.Id) : default);
        node.NoteSessions(null);
        Assert.Equal(SaseDrop.None, Offer(node, pop, Udp(Site, 1235, Remote, 53), out _));
        Assert.False(node.NotesSessions || node.TryTakeSession(out _));
    }

    [Theory]
    [InlineData(15, 100)]
    [InlineData(16, 0)]
    public void Options_out_of_their_range_are_refused(int records, int blocked) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Ready(out _, options => options with { Sessions = new SessionLogOptions { Series = 1, Records = records, BlockedPerSecond = blocked } }));

    private static SaseDrop Offer(ManagedServiceNode node, PopOptions pop, byte[] inner, out byte[] sent) => TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, inner), out sent).Drop;

    private static SessionRecord Taken(ManagedServiceNode node)
    {
        Assert.True(node.TryTakeSession(out SessionRecord record));
        return record;
    }

    private static void Age(ManagedServiceNode node, TimeSpan time)
    {
        for (int i = 1; i <= 400; i++)
        {
            node.Advance(TunnelPackets.Now + (time * i / 400));
        }
    }

    private static ManagedServiceNode Ready(out PopOptions pop, Func<ServiceNodeOptions, ServiceNodeOptions>? adjust = null, PolicyRule[]? policy = null, Func<SegmentOptions, SegmentOptions>? change = null)
    {
        ManagedServiceNode node = HostileTests.Ready(out pop, options => (adjust ?? (made => made))(options with { StallLimit = TimeSpan.FromSeconds(10), Sessions = new SessionLogOptions { Series = 9 } }));
        SegmentOptions segment = Make(Acme) with { Policy = policy is null ? SegmentPolicy.AllowSites : new SegmentPolicy(policy) };
        node.Configure([(change ?? (made => made))(segment)]);
        return node;
    }

    private static (int Owner, SessionRecord Start) Begin(Pop pop, SessionLedger ledger)
    {
        pop.Run(600);
        _ = pop.FromSite(0, Acme, Udp(Site, 1234, Remote, 53));
        pop.Run(50);
        int owner = pop.ActiveOf(0);
        return (owner, Assert.Single(ledger.Take(pop.Nodes[owner]).All));
    }

    private sealed class Refuser : IServiceChain
    {
        public bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now) => false;

        public int TakeAnswer(Span<byte> packet) => 0;
    }
}
