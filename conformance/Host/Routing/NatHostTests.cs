using System.Buffers.Binary;
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

/// <summary>Machines behind shared addresses, through the whole switch.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class NatHostTests
{
    private const string Machine = "10.1.0.2", Remote = "198.51.100.7";

    [Fact]
    public void A_machines_packet_leaves_from_a_port_of_the_block_and_the_answer_finds_the_machine()
    {
        using var rig = new SwitchRig(NatPlans.Nat());
        ushort port = Open(rig);
        Assert.InRange(port, 1024, 2047);

        rig.Pass(Db, Answer(port));
        byte[] inside = Assert.Single(rig.Out(Web1));
        Assert.Equal((Remote, Machine, 4000), (From(inside), To(inside), ToPort(inside)));
        Assert.Equal((A, BlueMac, (byte)63), (MacAddress.Read(inside), MacAddress.Read(inside.AsSpan(6)), inside[22]));
        Assert.True(AddsUp(inside));
    }

    [Fact]
    public void Rfc2473_an_answer_in_the_tunnel_is_taken_out_and_finds_the_machine()
    {
        using var rig = new SwitchRig(NatPlans.Nat());
        ushort port = Open(rig);
        rig.Pass(Db, Tunnelled(Answer(port), "2001:db8:9::1", PlaceOf(port)));
        byte[] inside = Assert.Single(rig.Out(Web1));
        Assert.Equal((Remote, Machine, 4000), (From(inside), To(inside), ToPort(inside)));
        Assert.Equal(1, rig.Switch.Snapshot().Nats[0].Decapsulated);
    }

    [Fact]
    public void A_port_of_another_host_is_sent_on_once_and_never_twice()
    {
        using var rig = new SwitchRig(NatPlans.Nat());
        byte[] foreign = Answer(5000);
        rig.Pass(Db, Tunnelled(foreign, "2001:db8:9::1", PlaceOf(1024)));
        byte[] sentOn = Assert.Single(rig.Out(Db));
        Assert.Equal(("2001:db8:2::1", PlaceOf(5000)), (IPv6Address.Read(sentOn.AsSpan(22)).ToString(), IPv6Address.Read(sentOn.AsSpan(38)).ToString()));
        Assert.Equal(4, sentOn[20]);
        // What is inside was not touched: it was taken out here and put in again, which is no hop.
        Assert.Equal(foreign[14..], sentOn[54..]);
        Assert.Equal(1, rig.Switch.Snapshot().Nats[0].Redirected);

        rig.Pass(Db, Tunnelled(foreign, "fd01::9", PlaceOf(1024)));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["nat-redirected-twice"]);
    }

    [Fact]
    public void Rfc6888_Req11_a_machine_that_gets_no_port_is_told_by_icmp_and_nobody_loses_a_mapping()
    {
        using var rig = new SwitchRig(NatPlans.Nat(first: 1024, log2: 1));
        for (ushort port = 0; port < 3; port++)
        {
            rig.Send(Web1, Request(4000 + port));
        }

        rig.Run();
        Assert.Equal(2, rig.Out(Db).Count);
        byte[] error = Assert.Single(rig.Out(Web1));
        Assert.Equal((3, 13, Machine), (error[34], error[35], To(error)));
        Assert.True(AddsUp(error));
        Assert.Equal(1, rig.Drops()["nat-ports-exhausted"]);
        Assert.Equal(2, rig.Switch.Snapshot().Nats[0].Entries);
    }

    [Fact]
    public void Rfc4787_Req9_machines_reach_each_other_by_their_external_endpoints()
    {
        using var rig = new SwitchRig(NatPlans.Nat().WithInterface(0, at => at with { StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [At(Machine)] = A, [At("10.1.0.3")] = C } }));
        ushort first = Open(rig);
        byte[] call = Udp4(BlueMac, C, "10.1.0.3", Shared);
        BinaryPrimitives.WriteUInt16BigEndian(call.AsSpan(36), first);
        rig.Pass(Web2, call);
        byte[] heard = Assert.Single(rig.Out(Web1));
        // REQ-9a: the source is the caller's external endpoint.
        Assert.Equal((Shared, Machine, 4000), (From(heard), To(heard), ToPort(heard)));
        Assert.Equal(1, rig.Switch.Snapshot().Nats[0].Hairpinned);
    }

    [Fact]
    public void Rfc4787_Req14_fragments_are_translated_in_any_order()
    {
        using var rig = new SwitchRig(NatPlans.Nat());
        byte[] whole = Udp4(BlueMac, A, Machine, Remote, payload: 1000, flags: 0);
        byte[] first = [.. whole[..(34 + 512)]], second = [.. whole[..34], .. whole[(34 + 512)..]];
        BinaryPrimitives.WriteUInt16BigEndian(first.AsSpan(16), 20 + 512);
        BinaryPrimitives.WriteUInt16BigEndian(first.AsSpan(20), 0x2000);
        BinaryPrimitives.WriteUInt16BigEndian(second.AsSpan(16), (ushort)(second.Length - 14));
        BinaryPrimitives.WriteUInt16BigEndian(second.AsSpan(20), 512 / 8);
        FixHeader(first);
        FixHeader(second);
        rig.Pass(Web1, second);
        Assert.Empty(rig.AllOut());
        rig.Pass(Web1, first);
        List<byte[]> outside = rig.Out(Db);
        Assert.Equal(2, outside.Count);
        Assert.All(outside, fragment => Assert.Equal((Shared, true), (From(fragment), AddsUp(fragment))));
        Assert.Equal(BinaryPrimitives.ReadUInt16BigEndian(outside[0].AsSpan(18)), BinaryPrimitives.ReadUInt16BigEndian(outside[1].AsSpan(18)));
    }

    [Fact]
    public void Rfc5508_Req5_an_error_about_a_packet_from_outside_quotes_what_its_sender_sent()
    {
        using var rig = new SwitchRig(NatPlans.Nat().WithInterface(0, at => at with { MtuBytes = 1280 }));
        ushort port = Open(rig);
        byte[] large = Udp4(GreenMac, B, Remote, Shared, payload: 1372);
        BinaryPrimitives.WriteUInt16BigEndian(large.AsSpan(34), 5000);
        BinaryPrimitives.WriteUInt16BigEndian(large.AsSpan(36), port);
        rig.Pass(Db, large);
        byte[] error = Assert.Single(rig.Out(Db));
        Assert.Equal((3, 4, 1280), (error[34], error[35], BinaryPrimitives.ReadUInt16BigEndian(error.AsSpan(40))));
        Assert.Equal((Remote, Shared, port), (To(error), IPv4Address.Read(error.AsSpan(58)).ToString(), BinaryPrimitives.ReadUInt16BigEndian(error.AsSpan(64))));
        Assert.True(AddsUp(error));
    }

    [Fact]
    public void What_is_not_inside_or_does_not_leave_is_routed_as_it_is()
    {
        using var rig = new SwitchRig(NatPlans.Nat(change: nat => nat with { Inside = [IPv4Prefix.Parse("10.1.0.128/25")] }));
        rig.Pass(Web1, Request(4000));
        Assert.Equal(Machine, From(Assert.Single(rig.Out(Db))));
        Assert.Equal(0, rig.Switch.Snapshot().Nats[0].Entries);
    }

    [Fact]
    public void A_reload_keeps_sessions_and_a_new_process_takes_them_from_the_snapshot()
    {
        SwitchPlan plan = NatPlans.Nat();
        using var rig = new SwitchRig(plan);
        ushort port = Open(rig);
        rig.Switch.Apply(plan with { Name = "renamed" }, rig.Switch.Ports);
        rig.Pass(Db, Answer(port));
        Assert.Equal(Machine, To(Assert.Single(rig.Out(Web1))));

        using var second = new SwitchRig(plan, rig.Switch.Snapshot());
        second.Pass(Db, Answer(port));
        Assert.Equal(Machine, To(second.Out(Web1)[0]));
    }

    [Fact]
    public void Sessions_blocks_and_traces_say_who_has_which_port()
    {
        SwitchPlan plan = NatPlans.Nat();
        using var rig = new SwitchRig(plan);
        ushort port = Open(rig);
        SwitchSnapshot now = rig.Switch.Snapshot();
        Assert.Equal(("udp", $"{Machine}:4000", $"{Shared}:{port}", null), (now.Nats[0].Sessions[0].Protocol, now.Nats[0].Sessions[0].Inside, now.Nats[0].Sessions[0].Outside, now.Nats[0].Sessions[0].Remote));
        Assert.Equal((Shared, 1024, 2047, 1), (now.Nats[0].Blocks[0].Address, now.Nats[0].Blocks[0].First, now.Nats[0].Blocks[0].Last, now.Nats[0].Blocks[0].Used));
        PacketTrace trace = PacketTracer.Trace(plan, "db", Answer(port), now);
        Assert.Contains(trace.Lines, line => line is { Stage: "nat" } && line.Text == $"translated: from {Remote} to {Machine} now");
        Assert.Equal(["web1"], trace.SentTo.Distinct());
    }

    /// <summary>A machine's first packet; gives its external port.</summary>
    internal static ushort Open(SwitchRig rig)
    {
        rig.Pass(Web1, Request(4000));
        byte[] outside = Assert.Single(rig.Out(Db));
        Assert.Equal((Shared, Remote, (byte)63), (From(outside), To(outside), outside[22]));
        Assert.True(AddsUp(outside));
        rig.AllOut();
        return BinaryPrimitives.ReadUInt16BigEndian(outside.AsSpan(34));
    }

    internal static byte[] Request(int port)
    {
        byte[] frame = Udp4(BlueMac, A, Machine, Remote);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), (ushort)port);
        return frame;
    }

    internal static byte[] Answer(ushort port)
    {
        byte[] frame = Udp4(GreenMac, B, Remote, Shared);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), 5000);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), port);
        return frame;
    }

    private static string From(byte[] frame) => IPv4Address.Read(frame.AsSpan(26)).ToString();

    private static string To(byte[] frame) => IPv4Address.Read(frame.AsSpan(30)).ToString();

    private static int ToPort(byte[] frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36));
}
