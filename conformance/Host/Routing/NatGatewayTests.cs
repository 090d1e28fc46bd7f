using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.NatPlans;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>The edge in front of hosts that share addresses, through the whole switch: the world is behind blue, hosts are behind green.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class NatGatewayTests
{
    private const string Gateway = "2001:db8:2::1", HostA = "fd01::a", HostB = "fd01::b";

    [Fact]
    public void Rfc2473_an_answer_goes_to_the_owner_of_its_port_and_lost_a_hop()
    {
        using var rig = new SwitchRig(Edge());
        byte[] answer = Answer(1500);
        rig.Pass(Web1, answer);
        byte[] outer = Assert.Single(rig.Out(Db));
        Assert.Equal((Gateway, HostA, 4), (SourceOf(outer), DestinationOf(outer), outer[20]));
        Assert.Equal((B, GreenMac), (MacAddress.Read(outer), MacAddress.Read(outer.AsSpan(6))));
        Assert.Equal((Shared, (byte)63), (IPv4Address.Read(outer.AsSpan(70)).ToString(), outer[62]));
        rig.Pass(Web1, Answer(5000));
        Assert.Equal(HostB, DestinationOf(Assert.Single(rig.Out(Db))));
    }

    [Fact]
    public void A_port_that_nobody_owns_is_dropped_by_name_and_a_new_owner_gets_it_by_a_reload()
    {
        SwitchPlan plan = Edge();
        using var rig = new SwitchRig(plan);
        rig.Pass(Web1, Answer(9000));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["nat-gateway-no-owner"]);
        rig.Switch.Apply(Edge(Owner(8192, 10, HostB)), rig.Switch.Ports);
        rig.Pass(Web1, Answer(9000));
        Assert.Equal(HostB, DestinationOf(Assert.Single(rig.Out(Db))));
        // Counters go on, and so do fragments that wait: the engine is the same.
        NatGatewaySnapshot now = rig.Switch.Snapshot().NatGateways[0];
        Assert.Equal((1L, 1L, "configuration"), (now.Sent, now.Unowned, now.Source));
    }

    [Fact]
    public void Rfc791_fragments_that_come_before_the_first_one_wait_for_it_even_through_a_reload()
    {
        using var rig = new SwitchRig(Edge());
        byte[] whole = Udp4(BlueMac, A, "198.51.100.7", Shared, payload: 1000, flags: 0);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(36), 1500);
        (byte[] first, byte[] second) = Cut(whole);
        rig.Pass(Web1, second);
        Assert.Empty(rig.AllOut());
        rig.Switch.Apply(Edge() with { Name = "again" }, rig.Switch.Ports);
        rig.Pass(Web1, first);
        List<byte[]> outer = rig.Out(Db);
        Assert.Equal(2, outer.Count);
        Assert.All(outer, packet => Assert.Equal(HostA, DestinationOf(packet)));
    }

    [Fact]
    public void Rfc2473_Section7_what_the_tunnel_cannot_take_is_refused_with_the_length_that_fits()
    {
        using var rig = new SwitchRig(Edge());
        byte[] large = Udp4(BlueMac, A, "198.51.100.7", Shared, payload: 1433);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(large.AsSpan(36), 1500);
        rig.Pass(Web1, large);
        Assert.Empty(rig.Out(Db));
        byte[] error = Assert.Single(rig.Out(Web1));
        Assert.Equal((3, 4, 1460), (error[34], error[35], System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(error.AsSpan(40))));
        Assert.True(AddsUp(error));
        Assert.Equal(1, rig.Drops()["route-too-big"]);
    }

    [Fact]
    public void What_a_host_sends_on_to_a_port_goes_to_its_owner_as_sent_on()
    {
        using var rig = new SwitchRig(Edge());
        rig.Pass(Db, Tunnelled(Answer(5000), HostA, PlaceOf(5000)));
        byte[] outer = Assert.Single(rig.Out(Db));
        Assert.Equal((HostA, HostB, (byte)63), (SourceOf(outer), DestinationOf(outer), outer[21]));
        Assert.Equal(1, rig.Switch.Snapshot().NatGateways[0].Readdressed);
        // Somebody who is no host has no say in where a packet goes.
        rig.Pass(Db, Tunnelled(Answer(5000), "2001:db8:9::1", PlaceOf(5000)));
        Assert.Equal(PlaceOf(5000), DestinationOf(Assert.Single(rig.Out(Db))));
        Assert.Equal(1, rig.Switch.Snapshot().NatGateways[0].Readdressed);
    }

    [Fact]
    public void Without_owners_routes_to_the_plan_say_where_a_port_is()
    {
        using var rig = new SwitchRig(Edge() with { NatGateways = [Edge().NatGateways[0] with { Owners = null }] });
        rig.Pass(Web1, Answer(9000));
        Assert.Equal(PlaceOf(9000), DestinationOf(Assert.Single(rig.Out(Db))));
        Assert.Equal("routes", rig.Switch.Snapshot().NatGateways[0].Source);
    }

    [Fact]
    public void A_trace_says_whose_the_port_is()
    {
        SwitchPlan plan = Edge();
        using var rig = new SwitchRig(plan);
        PacketTrace trace = PacketTracer.Trace(plan, "web1", Answer(1500), rig.Switch.Snapshot());
        Assert.Contains(trace.Lines, line => line is { Stage: "nat-gateway" } && line.Text == $"edge: for port 1500 of {Shared}, which is {HostA}'s");
        Assert.Contains("db", trace.SentTo);
        PacketTrace unowned = PacketTracer.Trace(plan, "web1", Answer(9000), rig.Switch.Snapshot());
        Assert.Contains(unowned.Lines, line => line.ToString().Contains("which nobody owns", StringComparison.Ordinal));
    }

    /// <summary>A switch that is the gateway of 192.0.2.1: ports 1024 to 2047 are A's, 4096 to 8191 B's, and who else is said.</summary>
    internal static SwitchPlan Edge(params PortOwner[] more) => Known(Via("fd01::/64", "2001:db8:2::2"), Via(Plan64 + "/64", "2001:db8:2::2"), Via("198.51.100.0/24", "10.1.0.2")) with
    {
        NatGateways =
        [
            new NatGatewayPlan
            {
                Name = "edge",
                Router = 0,
                Addresses = [IPv4Address.Parse("192.0.2.9"), IPv4Address.Parse(Shared)],
                Tunnel = new NatTunnelPlan(IPv6Prefix.Parse(Plan64 + "/64"), IPv6Address.Parse(Gateway), IPv6Prefix.Parse("fd01::/64"), 1500),
                Owners = [Owner(1024, 10, HostA), Owner(4096, 12, HostB), .. more],
            },
        ],
    };

    internal static PortOwner Owner(ushort first, byte log2, string host) => new(new PortBlock(IPv4Address.Parse(Shared), first, log2, LeaseEpoch: 1), IPv6Address.Parse(host));

    /// <summary>An answer of the world's to a port of the shared address.</summary>
    internal static byte[] Answer(ushort port)
    {
        byte[] frame = Udp4(BlueMac, A, "198.51.100.7", Shared);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), port);
        return frame;
    }

    internal static string DestinationOf(byte[] frame) => IPv6Address.Read(frame.AsSpan(38)).ToString();

    private static string SourceOf(byte[] frame) => IPv6Address.Read(frame.AsSpan(22)).ToString();

    private static (byte[] First, byte[] Second) Cut(byte[] whole)
    {
        byte[] first = [.. whole[..(34 + 512)]], second = [.. whole[..34], .. whole[(34 + 512)..]];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(first.AsSpan(16), 20 + 512);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(first.AsSpan(20), 0x2000);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(second.AsSpan(16), (ushort)(second.Length - 14));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(second.AsSpan(20), 512 / 8);
        FixHeader(first);
        FixHeader(second);
        return (first, second);
    }
}
