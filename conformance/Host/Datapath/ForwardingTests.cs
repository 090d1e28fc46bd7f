using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Machines;
using Weft.Host.Stages;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Frames in, frames out: what the whole switch does, one sentence a test.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class ForwardingTests
{
    [Fact]
    public void An_unknown_destination_is_flooded_to_the_segment_and_to_every_peer_but_not_back()
    {
        using var rig = new SwitchRig(Resolved());
        byte[] frame = Plain(B, A);
        rig.Pass(Web1, frame);

        Assert.Empty(rig.Out(Web1));
        Assert.Equal(frame, Assert.Single(rig.Out(Web2)));
        Assert.Empty(rig.Out(Db));
        Assert.Equal(Tagged(frame, 10), Assert.Single(rig.Out(Trunk)));
        List<byte[]> tunnels = rig.Out(Up0);
        Assert.Equal([PeerAddress, Peer3Address], tunnels.Select(outer => IPv4Address.Read(outer.AsSpan(30))));
        Assert.All(tunnels, outer => Assert.Equal(frame, outer[50..]));
    }

    [Fact]
    public void A_frame_that_is_to_be_flooded_when_its_ports_are_blocked_is_dropped_with_a_reason()
    {
        // As when a later frame of the same burst takes the role of a bridge node away.
        using var rig = new SwitchRig(Resolved());
        SwitchCore core = rig.Switch.Workers[0];
        Assert.True(core.Vector.Pool.TryRent(out Packet packet));
        Assert.True(core.Vector.Pool.TrySetLength(ref packet, 60));
        Plain(B, A).CopyTo(core.Vector.Pool.Bytes(packet));
        core.Vector.Begin([packet], ingress: Db, rig.Now);
        ReadOnlySpan<ushort> slots = core.Vector.TakeAll(StageId.Ingress);
        ref PacketContext context = ref core.Vector[slots[0]];
        Assert.True(PacketLayout.TryParse(core.Vector.Bytes(slots[0]), out context.Layout));
        context.Decision = core.Bridge.Decide(core.Vector.Bytes(slots[0]), context.Layout, Db, rig.Now);
        Assert.Equal(BridgeAction.Flood, context.Decision.Action);
        core.Bridge.SetPortState(Trunk, BridgePortState.Blocked);
        new EgressStage(core.Topology, core.Bridge, new MachinePlaces(core.Plan)).Process(core.Vector, slots);
        Assert.Equal(1, core.Ledger.Drops(DropReason.NoDestination, Db));
        Assert.Empty(rig.Run().Out(Trunk));
    }

    [Fact]
    public void A_ping_to_the_tunnel_endpoint_comes_back_with_the_addresses_swapped()
    {
        using var rig = new SwitchRig(Resolved());
        byte[] request = Echo();
        rig.Pass(Up0, request);

        byte[] reply = Assert.Single(rig.Out(Up0));
        Assert.Equal((PeerMac, VtepMac), (MacAddress.Read(reply), MacAddress.Read(reply.AsSpan(6))));
        Assert.Equal((VtepAddress, PeerAddress), (IPv4Address.Read(reply.AsSpan(26)), IPv4Address.Read(reply.AsSpan(30))));
        // Type 0 instead of 8, so the checksum grows by 0x0800; identifier, number and data are the request's.
        Assert.Equal("0000ebc6" + "12340001" + "00010203", Convert.ToHexStringLower(reply.AsSpan(34, 12)));
        Assert.Empty(rig.Drops());
    }

    [Fact]
    public void A_learned_destination_gets_its_frame_alone()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Web2, Plain(A, B));
        rig.AllOut();
        byte[] frame = Plain(B, A);
        rig.Pass(Web1, frame);
        Assert.Equal([$"web2 {Convert.ToHexString(frame)}"], rig.AllOut());
    }

    [Fact]
    public void A_tagged_frame_loses_its_tag_at_an_access_port_and_is_padded()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Web1, Plain(B, A));
        rig.AllOut();
        byte[] tagged = Tagged(Plain(A, C, length: 56), 0x600A);
        rig.Pass(Trunk, tagged);
        byte[] arrived = Assert.Single(rig.Out(Web1));
        Assert.Equal(60, arrived.Length);
        Assert.Equal(Plain(A, C, length: 56), arrived[..56]);
    }

    [Fact]
    public void A_frame_keeps_its_priority_from_trunk_to_tunnel_and_carries_no_tag_inside()
    {
        using var rig = new SwitchRig(Resolved());
        byte[] inner = Plain(B, C);
        rig.Pass(Up0, FromPeer(Plain(C, B)));
        rig.AllOut();
        rig.Pass(Trunk, Tagged(inner, 0x600A));
        Assert.Equal(inner, Assert.Single(rig.Out(Up0))[50..]);
    }

    [Fact]
    public void Rfc7348_Section4_a_frame_from_a_tunnel_teaches_where_its_sender_is()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Up0, FromPeer(Plain(Broadcast, B)));
        Assert.Equal(Plain(Broadcast, B), Assert.Single(rig.Out(Web1)));
        Assert.Equal(Plain(Broadcast, B), Assert.Single(rig.Out(Web2)));
        Assert.Empty(rig.Out(Up0));
        rig.AllOut();

        rig.Pass(Web1, Plain(B, A));
        byte[] outer = Assert.Single(rig.Out(Up0));
        Assert.Equal(PeerAddress, IPv4Address.Read(outer.AsSpan(30)));
        Assert.Empty(rig.AllOut());
    }

    [Fact]
    public void Rfc826_the_endpoint_answers_arp_for_its_own_address()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Up0, Arp(1, Broadcast, PeerMac, PeerAddress, MacAddress.Zero, VtepAddress));
        byte[] reply = Assert.Single(rig.Out(Up0));
        Assert.Equal(Arp(2, PeerMac, VtepMac, VtepAddress, PeerMac, PeerAddress)[..42], reply[..42]);
    }

    [Fact]
    public void Rfc1122_Section2_3_2_2_frames_wait_for_arp_and_leave_in_order_when_the_next_hop_answers()
    {
        using var rig = new SwitchRig(Unresolved().With(0, blue => blue with { Peers = [new TunnelAddress(PeerAddress)] }));
        byte[][] frames = [Plain(B, A, fill: 1), Plain(B, A, fill: 2), Plain(B, A, fill: 3)];
        foreach (byte[] frame in frames)
        {
            rig.Pass(Web1, frame);
        }

        byte[] question = Assert.Single(rig.Out(Up0));
        Assert.Equal(Arp(1, Broadcast, VtepMac, VtepAddress, MacAddress.Zero, PeerAddress)[..42], question[..42]);
        Assert.Equal(3, rig.Switch.Totals.Held);

        rig.Pass(Up0, Arp(2, VtepMac, PeerMac, PeerAddress, VtepMac, VtepAddress));
        Assert.Equal(frames, rig.Out(Up0).Select(outer => outer[50..]));
        Assert.Equal(0, rig.Switch.Totals.Held);
    }

    [Fact]
    public void Rfc1122_Section2_3_2_1_a_silent_next_hop_is_asked_once_a_second_and_given_up()
    {
        using var rig = new SwitchRig(Unresolved().With(0, blue => blue with { Peers = [new TunnelAddress(PeerAddress)] }));
        rig.Pass(Web1, Plain(B, A));
        for (int second = 0; second < 5; second++)
        {
            rig.Wait(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, rig.Out(Up0).Count);
        Assert.Equal(1, rig.Drops()["neighbor-unresolved"]);
        Assert.Equal(0, rig.Switch.Totals.Held);
    }

    [Fact]
    public void Rfc9161_Section3_a_known_binding_is_answered_at_the_port_and_not_flooded()
    {
        using var rig = new SwitchRig(Resolved().With(0, blue => blue with { SuppressArp = true }));
        IPv4Address a = IPv4Address.Parse("10.0.0.1"), b = IPv4Address.Parse("10.0.0.2");
        rig.Pass(Up0, FromPeer(Arp(1, Broadcast, B, b, MacAddress.Zero, a)));
        rig.AllOut();
        rig.Pass(Web1, Arp(1, Broadcast, A, a, MacAddress.Zero, b));
        byte[] reply = Assert.Single(rig.Out(Web1));
        Assert.Equal(Arp(2, A, B, b, A, a)[..42], reply[..42]);
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Switch.Totals.Consumed);
    }

    [Fact]
    public void A_learned_address_is_forgotten_when_it_has_aged()
    {
        using var rig = new SwitchRig(Resolved());
        rig.Pass(Web2, Plain(A, B));
        rig.Wait(TimeSpan.FromSeconds(299)).Pass(Web1, Plain(B, A));
        rig.Out(Web2);
        Assert.Empty(rig.Out(Trunk).Skip(1));
        rig.Wait(TimeSpan.FromSeconds(2)).Pass(Web1, Plain(B, A));
        Assert.Single(rig.Out(Trunk));
    }

    [Fact]
    public void A_peer_beyond_the_prefix_is_reached_through_the_gateway()
    {
        var gateway = new TunnelAddress(IPv4Address.Parse("192.0.2.254"));
        var far = new TunnelAddress(IPv4Address.Parse("198.51.100.7"));
        SwitchPlan plan = Resolved().With(0, blue => blue with { Peers = [far] });
        plan = plan with { Vteps = [plan.Vteps[0] with { Gateway = gateway, StaticNeighbors = new Dictionary<TunnelAddress, MacAddress> { [gateway] = C } }] };
        using var rig = new SwitchRig(plan);
        rig.Pass(Web1, Plain(B, A));
        byte[] outer = Assert.Single(rig.Out(Up0));
        Assert.Equal(C, MacAddress.Read(outer));
        Assert.Equal(far.V4, IPv4Address.Read(outer.AsSpan(30)));
    }

    [Fact]
    public void Two_endpoints_on_one_port_each_take_their_own_tunnels_and_answer_for_their_own_address()
    {
        IPv4Address second = IPv4Address.Parse("192.0.2.9");
        SwitchPlan plan = Resolved();
        plan = plan with
        {
            Vteps = [plan.Vteps[0], plan.Vteps[0] with { Name = "vtep1", Address = new TunnelAddress(second), Mac = C, UdpPort = 4790 }],
            Segments = [plan.Segments[0], Segment("green", 20, Vni, Peer3Address) with { Vtep = 1 }],
        };
        using var rig = new SwitchRig(plan);
        rig.Pass(Up0, Vxlan(Plain(B, A), Vni, C, Peer3Mac, Peer3Address, second, frame => frame[37] = 4790 & 0xFF));
        Assert.Single(rig.Out(Db));
        Assert.Empty(rig.Out(Web1));
        rig.Pass(Up0, Arp(1, Broadcast, PeerMac, PeerAddress, MacAddress.Zero, second));
        Assert.Equal(C, MacAddress.Read(Assert.Single(rig.Out(Up0)).AsSpan(6)));
    }

    [Fact]
    public void A_broadcast_to_more_places_than_there_are_slots_reaches_all_of_them_in_order()
    {
        IPv4Address[] peers = [.. Enumerable.Range(2, 200).Select(host => new IPv4Address(VtepAddress.Value + (uint)host))];
        SwitchPlan plan = Resolved() with { Segments = [Segment("blue", 10, Vni, peers)], PoolBuffers = 4096 };
        plan = plan with { Vteps = [plan.Vteps[0] with { StaticNeighbors = peers.ToDictionary(peer => new TunnelAddress(peer), _ => PeerMac) }] };
        using var rig = new SwitchRig(plan, link: new() { QueueFrames = 65_536, MaxFrameBytes = 2000 });
        for (byte i = 0; i < 60; i++)
        {
            rig.Send(Web1, Plain(Broadcast, A, fill: i));
        }

        rig.Run();
        List<byte[]> sent = rig.Out(Up0);
        Assert.Equal(60 * 200, sent.Count);
        Assert.Empty(rig.Drops());
        foreach (IGrouping<uint, byte[]> toPeer in sent.GroupBy(outer => IPv4Address.Read(outer.AsSpan(30)).Value))
        {
            Assert.Equal(Enumerable.Range(0, 60), toPeer.Select(outer => (int)outer[^1]));
        }
    }
}
