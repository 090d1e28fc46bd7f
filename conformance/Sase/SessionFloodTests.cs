using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>Floods against the log of sessions: it takes no more room than it has, and says how much it did not say.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class SessionFloodTests
{
    private const uint Acme = 1001;
    private const uint Loud = 1003;

    [Fact]
    public void A_tenant_whose_flows_are_blocked_by_the_thousand_takes_no_room_from_anothers_sessions()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, records: 1024);
        for (int port = 1; port <= 5000; port++)
        {
            Offer(node, pop, Loud, (ushort)port);
        }

        for (int port = 1; port <= 500; port++)
        {
            Offer(node, pop, Acme, (ushort)port);
        }

        List<SessionRecord> all = new SessionLedger().Take(node).All;
        Assert.Equal((100, 500), (all.Count(record => record.Vni == Loud), all.Count(record => record.Vni == Acme)));
        Assert.Equal((5000L, 4900L, 0L), (node.Counters.SessionsBlocked, node.Counters.SessionBlocksUnsaid, node.Counters.SessionRecordsLost));
    }

    [Fact]
    public void Blocked_flows_leave_half_of_the_room_to_sessions()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, records: 64);
        for (int port = 1; port <= 90; port++)
        {
            Offer(node, pop, Loud, (ushort)port);
        }

        for (int port = 1; port <= 32; port++)
        {
            Offer(node, pop, Acme, (ushort)port);
        }

        List<SessionRecord> all = new SessionLedger().Take(node).All;
        Assert.Equal((32, 32), (all.Count(record => record.Kind == SessionRecordKind.Blocked), all.Count(record => record.Kind == SessionRecordKind.Started)));
        Assert.Equal((58L, 0L), (node.Counters.SessionBlocksUnsaid, node.Counters.SessionRecordsLost));
    }

    [Fact]
    public void Sessions_that_nobody_takes_are_counted_as_lost_and_change_nothing_for_packets()
    {
        using ManagedServiceNode node = Ready(out PopOptions pop, records: 16);
        for (int port = 1; port <= 1000; port++)
        {
            Offer(node, pop, Acme, (ushort)port);
        }

        Assert.Equal((1000, 1000L, 984L), (node.FlowCount, node.Counters.SessionsStarted, node.Counters.SessionRecordsLost));
        int taken = 0;
        for (node.EndSessions(); node.TryTakeSession(out _); taken++)
        {
        }

        Assert.Equal(node.Counters.SessionsStarted + node.Counters.SessionsEnded, taken + node.Counters.SessionRecordsLost);
        Assert.Equal(16 + 1000, taken);
    }

    private static void Offer(ManagedServiceNode node, PopOptions pop, uint vni, ushort port) => _ = TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, vni, Udp(Site, port, Remote, 53)), out _);

    private static ManagedServiceNode Ready(out PopOptions pop, int records)
    {
        ManagedServiceNode node = HostileTests.Ready(out pop, options => options with { Sessions = new SessionLogOptions { Series = 1, Records = records } });
        node.Configure([Make(Acme), Make(Loud) with { Policy = new SegmentPolicy([]) }]);
        return node;
    }
}
