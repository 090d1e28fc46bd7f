using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Conformance.LbTests;

/// <summary>What an element knows survives its restart, and the clock may run for years.</summary>
public sealed class ReturnPathSnapshotTests
{
    private static readonly Timestamp Start = Timestamp.FromSeconds(500);
    private static readonly IPv4Address Server = IPv4Address.Parse("10.0.0.80");
    private static readonly IPv6Address Far = IPv6Address.Parse("fd00::1b");
    private static readonly ReturnPathOptions Options = new() { Seed = new HashSeed(9, 9), Start = Start, IPv4Flows = 256, IPv6Flows = 64, LoadBalancers = 4 };

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void After_a_restart_every_reply_goes_where_it_would_have_gone()
    {
        Arbitrary<(int Flow, int Lb, int Verb, int Seconds)[]> steps = Arb.From(
            (from flow in Gen.Choose(0, 40) from lb in Gen.Choose(0, 2) from verb in Gen.Choose(0, 9) from seconds in Gen.Choose(1, 300) select (flow, lb, verb, seconds)).ArrayOf(),
            list => Enumerable.Range(0, list.Length).Select(skip => list.Where((_, at) => at != skip).ToArray()));
        Prop.ForAll(steps, list =>
        {
            using var before = new ReturnPathTable(Options);
            LbId[] lbs = [Add(before, 0), Add(before, 1), Add(before, 2)];
            Timestamp now = Start;
            foreach ((int flow, int lb, int verb, int seconds) in list)
            {
                switch (verb)
                {
                    case 0:
                        now += TimeSpan.FromSeconds(seconds);
                        break;
                    case 1:
                        _ = before.RemoveLb(lbs[lb]);
                        lbs[lb] = Add(before, lb);
                        break;
                    case 2:
                        _ = before.DrainLb(lbs[lb]);
                        break;
                    default:
                        _ = Observe(before, flow, lbs[lb], now);
                        break;
                }
            }

            byte[] snapshot = new byte[before.MaxExportLength];
            int length = before.Export(snapshot, now);
            using var after = new ReturnPathTable(Options with { Start = now - TimeSpan.FromDays(3) });
            if (after.Import(snapshot.AsSpan(0, length), now) != ReturnPathImportResult.Complete || lbs.Any(lb => after.StateOf(lb) != before.StateOf(lb)))
            {
                return false;
            }

            // Flows of members that are gone stay behind: their replies may be taken over or routed, as for a flow unknown.
            Timestamp later = now + TimeSpan.FromSeconds(100);
            return Enumerable.Range(0, 41).All(flow =>
            {
                LbId restored = Resolve(after, flow, later).Lb;
                return restored.IsNone || restored == Resolve(before, flow, later).Lb;
            }) && lbs.All(lb => after.FlowsOf(lb) <= before.FlowsOf(lb));
        }).Check(Chance.Of(200).WithEndSize(100));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_snapshot_has_members_tunnels_and_flows_of_both_versions()
    {
        using var before = new ReturnPathTable(Options);
        LbId near = Add(before, 0);
        Assert.True(before.TryAddLb(new LbIdentity { TunnelRemote = Far, TunnelKey = 7 }, out LbId far));
        Assert.Equal(ForwardVerdict.Learned, Observe(before, 1, near, Start));
        Assert.Equal(ForwardVerdict.Learned, Observe(before, 2, far, Start));
        Assert.Equal(ForwardVerdict.Learned, Observe6(before, far));
        byte[] snapshot = new byte[before.MaxExportLength];
        int length = before.Export(snapshot, Start);
        using var after = new ReturnPathTable(Options);
        Assert.Equal(ReturnPathImportResult.Complete, after.Import(snapshot.AsSpan(0, length), Start));
        Assert.Equal((near, far), (Resolve(after, 1, Start).Lb, Resolve(after, 2, Start).Lb));
        Assert.Equal((3, 1, 2), (after.Count, after.FlowsOf(near), after.FlowsOf(far)));
        Assert.True(after.TryMatchLb(Far, 7, out LbId byTunnel) && byTunnel == far);
        Assert.False(after.TryMatchLb(Far, 8, out _));
        Assert.True(after.TryMatchLb(Mac(0), 0, out LbId byMac) && byMac == near);
        Assert.Equal(ReturnPathImportResult.NotEmpty, after.Import(snapshot.AsSpan(0, length), Start));
        using var small = new ReturnPathTable(Options with { LoadBalancers = 1 });
        Assert.Equal(ReturnPathImportResult.NotEmpty, small.Import(snapshot.AsSpan(0, length), Start));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_damaged_snapshot_changes_nothing()
    {
        using var before = new ReturnPathTable(Options);
        _ = Observe(before, 1, Add(before, 0), Start);
        byte[] snapshot = new byte[before.MaxExportLength];
        snapshot = snapshot[..before.Export(snapshot, Start)];
        for (int at = 0; at < snapshot.Length; at++)
        {
            using var after = new ReturnPathTable(Options);
            byte[] damaged = [.. snapshot];
            damaged[at] ^= 0x10;
            Assert.Equal(at is 4 or 5 ? ReturnPathImportResult.UnsupportedVersion : ReturnPathImportResult.Malformed, after.Import(damaged, Start));
            Assert.Equal(ReturnPathImportResult.Malformed, after.Import(snapshot.AsSpan(0, at), Start));
            Assert.Equal(0, after.Count);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Two_load_balancers_are_not_behind_one_tunnel_and_a_tunnel_can_be_changed()
    {
        using var table = new ReturnPathTable(Options);
        Assert.True(table.TryAddLb(new LbIdentity { TunnelRemote = Far, TunnelKey = 7 }, out LbId first));
        Assert.False(table.TryAddLb(new LbIdentity { TunnelRemote = Far, TunnelKey = 7 }, out _));
        Assert.True(table.TryAddLb(new LbIdentity { TunnelRemote = Far, TunnelKey = 8 }, out LbId second));
        Assert.False(table.TryUpdateLb(second, new LbIdentity { TunnelRemote = Far, TunnelKey = 7 }));
        Assert.True(table.TryUpdateLb(first, new LbIdentity { Mac = Mac(3) }));
        Assert.True(table.TryUpdateLb(second, new LbIdentity { TunnelRemote = Far, TunnelKey = 7 }));
        Assert.True(table.TryMatchLb(Far, 7, out LbId found) && found == second);
        Assert.True(table.RemoveLb(second));
        Assert.False(table.TryMatchLb(Far, 7, out _));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Property)]
    [InlineData(1L << 28)] // the record's seconds come round
    [InlineData(1L << 32)]
    [InlineData((1L << 32) / 1000)] // milliseconds in 32 bits
    public void Flows_are_kept_and_forgotten_alike_when_a_count_of_time_comes_round(long seconds)
    {
        Timestamp round = Start + TimeSpan.FromSeconds(seconds);
        using var table = new ReturnPathTable(Options);
        LbId lb = Add(table, 0);
        Assert.Equal(ForwardVerdict.Learned, Observe(table, 1, lb, round - TimeSpan.FromSeconds(150)));
        Assert.Equal(lb, Resolve(table, 1, round + TimeSpan.FromSeconds(149)).Lb);
        Assert.Equal(0, table.Advance(round + TimeSpan.FromSeconds(448), 1000));
        Assert.Equal(1, table.Advance(round + TimeSpan.FromSeconds(449), 1000));
    }

    private static LbId Add(ReturnPathTable table, int number)
    {
        Assert.True(table.TryAddLb(new LbIdentity { Mac = Mac(number), Port = (ushort)number }, out LbId id));
        return id;
    }

    private static MacAddress Mac(int number) => new(0x0200_0000_0100UL + (ulong)number);

    private static ForwardVerdict Observe(ReturnPathTable table, int flow, LbId lb, Timestamp now)
    {
        byte[] frame = Udp(Client(flow), 1000, Server, 80);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return table.ObserveForward(frame, in layout, zone: 3, lb, now);
    }

    private static ForwardVerdict Observe6(ReturnPathTable table, LbId lb)
    {
        byte[] frame = new byte[14 + 40 + 8];
        _ = new EthernetHeader { EtherType = EtherType.IPv6 }.Write(frame);
        _ = new IPv6Header { Source = Far, Destination = IPv6Address.Parse("fd00::80"), NextHeader = IpProtocol.Udp, PayloadLength = 8, HopLimit = 64 }.Write(frame.AsSpan(14));
        _ = new UdpHeader(1000, 80, 0, 1).Write(frame.AsSpan(54));
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return table.ObserveForward(frame, in layout, zone: 3, lb, Start);
    }

    private static ReplyVerdict Resolve(ReturnPathTable table, int flow, Timestamp now)
    {
        byte[] frame = Udp(Server, 80, Client(flow), 1000);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        return table.ResolveReply(frame, in layout, zone: 3, tag: 0, now);
    }

    private static IPv4Address Client(int flow) => new(0xCB00_7101 + (uint)flow);

    private static byte[] Udp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort)
    {
        byte[] frame = new byte[14 + 20 + 8];
        _ = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(frame);
        _ = new IPv4Header { Source = from, Destination = to, Protocol = IpProtocol.Udp, PayloadLength = 8 }.Write(frame.AsSpan(14));
        _ = new UdpHeader(fromPort, toPort, 0, 1).Write(frame.AsSpan(34));
        return frame;
    }
}
