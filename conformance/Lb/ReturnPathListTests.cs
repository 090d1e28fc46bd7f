using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Conformance.LbTests;

/// <summary>What people are shown of the flows is what there is.</summary>
public sealed class ReturnPathListTests
{
    private static readonly Timestamp Start = Timestamp.FromSeconds(500);
    private static readonly IPv4Address Server4 = IPv4Address.Parse("10.0.0.80");
    private static readonly IPv6Address Server6 = IPv6Address.Parse("fd00::80"), Clients6 = IPv6Address.Parse("2001:db8::");
    private static readonly ReturnPathOptions Options = new() { Seed = new HashSeed(9, 9), Start = Start, IPv4Flows = 256, IPv6Flows = 128, LoadBalancers = 4 };

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Every_flow_is_listed_once_with_its_load_balancer_and_its_idle_time()
    {
        Arbitrary<(int Flow, int Lb, int Seconds)[]> steps = Arb.From(
            (from flow in Gen.Choose(0, 299) from lb in Gen.Choose(0, 2) from seconds in Gen.Choose(0, 2) select (flow, lb, seconds)).ArrayOf(),
            list => Enumerable.Range(0, list.Length).Select(skip => list.Where((_, at) => at != skip).ToArray()));
        Prop.ForAll(steps, list =>
        {
            using var table = new ReturnPathTable(Options with { Policy = RebindPolicy.FollowForward });
            LbId[] lbs = [Add(table, 0), Add(table, 1), Add(table, 2)];
            var model = new Dictionary<int, (LbId Lb, Timestamp Seen)>();
            Timestamp now = Start;
            foreach ((int flow, int lb, int seconds) in list)
            {
                now += TimeSpan.FromSeconds(seconds);
                Observe(table, flow, lbs[lb], now);
                model[flow] = (lbs[lb], now);
            }

            // Those of a removed one are there until replies or the sweep come by them.
            _ = table.RemoveLb(lbs[2]);
            IEnumerable<LbFlow> expected = model.Select(pair => Flow(pair.Key, pair.Value.Lb, (uint)(now - pair.Value.Seen).TotalSeconds));
            return Order(expected).SequenceEqual(Order(All(table, now))) && model.Count == table.Count;
        }).Check(Chance.Of(200).WithEndSize(300));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Looking_keeps_no_flow_alive_and_one_that_was_idle_for_too_long_is_there_until_somebody_comes_by()
    {
        using var table = new ReturnPathTable(Options);
        Observe(table, 1, Add(table, 0), Start);
        Timestamp late = Start + TimeSpan.FromSeconds(299);
        Assert.Equal(299u, Assert.Single(All(table, late)).IdleSeconds);
        Assert.Equal(0, table.Advance(late, 1000));
        Assert.Equal(300u, Assert.Single(All(table, late + TimeSpan.FromSeconds(1))).IdleSeconds);
        Assert.Equal(1, table.Advance(late + TimeSpan.FromSeconds(1), 1000));
        Assert.Empty(All(table, late));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_destination_that_is_too_short_for_a_slice_is_refused()
    {
        using var table = new ReturnPathTable(Options);
        int cursor = 0;
        Assert.Equal("destination", Assert.Throws<ArgumentException>(() => table.CopyTo(ref cursor, new LbFlow[63], Start)).ParamName);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Listing_allocates_nothing()
    {
        using var table = new ReturnPathTable(Options);
        LbId lb = Add(table, 0);
        for (int flow = 0; flow < 300; flow++)
        {
            Observe(table, flow, lb, Start);
        }

        var chunk = new LbFlow[64];
        Assert.Equal(0, Allocations.Of(() =>
        {
            int cursor = 0;
            do
            {
                _ = table.CopyTo(ref cursor, chunk, Start);
            }
            while (cursor != 0);
        }));
    }

    private static List<LbFlow> All(ReturnPathTable table, Timestamp now)
    {
        var all = new List<LbFlow>();
        var chunk = new LbFlow[64];
        int cursor = 0;
        do
        {
            int count = table.CopyTo(ref cursor, chunk, now);
            all.AddRange(chunk.AsSpan(0, count));
        }
        while (cursor != 0);
        return all;
    }

    private static IEnumerable<LbFlow> Order(IEnumerable<LbFlow> flows) => flows.OrderBy(flow => flow.Client).ThenBy(flow => flow.Lb.Index);

    private static LbId Add(ReturnPathTable table, int number)
    {
        Assert.True(table.TryAddLb(new LbIdentity { Mac = new MacAddress(0x0200_0000_0100UL + (ulong)number) }, out LbId id));
        return id;
    }

    /// <summary>Every third flow is one of IPv6.</summary>
    private static LbFlow Flow(int number, LbId lb, uint idle) => number % 3 == 0
        ? new LbFlow(3, IpProtocol.Udp, false, Client6(number), 1000, Server6, 80, lb, FlowStage.Datagrams, idle)
        : new LbFlow(3, IpProtocol.Udp, true, IPv6Address.MapIPv4(Client4(number)), 1000, IPv6Address.MapIPv4(Server4), 80, lb, FlowStage.Datagrams, idle);

    private static IPv4Address Client4(int number) => new(0xCB00_7101 + (uint)number);

    private static IPv6Address Client6(int number) => new(Clients6.High, (uint)number + 1);

    private static void Observe(ReturnPathTable table, int number, LbId lb, Timestamp now)
    {
        bool isIPv4 = number % 3 != 0;
        int l4 = isIPv4 ? 34 : 54;
        byte[] frame = new byte[l4 + 8];
        _ = new EthernetHeader { EtherType = isIPv4 ? EtherType.IPv4 : EtherType.IPv6 }.Write(frame);
        _ = isIPv4
            ? new IPv4Header { Source = Client4(number), Destination = Server4, Protocol = IpProtocol.Udp, PayloadLength = 8 }.Write(frame.AsSpan(14))
            : new IPv6Header { Source = Client6(number), Destination = Server6, NextHeader = IpProtocol.Udp, PayloadLength = 8, HopLimit = 64 }.Write(frame.AsSpan(14));
        _ = new UdpHeader(1000, 80, 0, 1).Write(frame.AsSpan(l4));
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        Assert.NotEqual(ForwardVerdict.Refused, table.ObserveForward(frame, in layout, zone: 3, lb, now));
    }
}
