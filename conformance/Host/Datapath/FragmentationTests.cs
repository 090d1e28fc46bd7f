using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Frames that are too long for the underlay, as the whole switch sees them.</summary>
public sealed class FragmentationTests
{
    private static readonly MemoryLinkOptions Jumbo = new() { QueueFrames = 4096, MaxFrameBytes = 9100 };

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void A_long_frame_leaves_in_packets_that_fit_and_that_another_switch_puts_together()
    {
        using var here = new SwitchRig(OnePeer(), link: Jumbo);
        using var there = new SwitchRig(Mirrored(OnePeer()), link: Jumbo);
        byte[] frame = Plain(B, A, 3014);
        List<byte[]> packets = here.Pass(Web1, frame).Out(Up0);
        Assert.Equal(3, packets.Count);
        Assert.All(packets, packet => Assert.InRange(packet.Length, 1000, 1514));

        // Two wait, the third completes: the books balance after each.
        there.Pass(Up0, packets[2]).Pass(Up0, packets[0]);
        Assert.Equal(2, there.Switch.Totals.Held);
        Assert.Empty(there.Out(Web1));
        there.Pass(Up0, packets[1]);
        Assert.Equal(frame, Assert.Single(there.Out(Web1)));
        Assert.Equal((0, 2), (there.Switch.Totals.Held, there.Switch.Totals.Consumed));

        TunnelSnapshot sent = here.Switch.Snapshot().Tunnels[0];
        Assert.Equal(("fragment", 1500, 0, 1, 3), (sent.Policy, sent.PathMtuBytes, sent.SentWhole, sent.Fragmented, sent.FragmentsSent));
        TunnelSnapshot received = there.Switch.Snapshot().Tunnels[0];
        Assert.Equal((1, 3, 1, 0, 0), (received.Delivered, received.FragmentsReceived, received.Reassembled, received.Expired, received.FragmentsWaiting));
    }

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void Vxlan_carries_fragments_in_reserved_bits_between_two_switches_that_were_told_so()
    {
        using var here = new SwitchRig(ReservedBits(OnePeer()), link: Jumbo);
        using var there = new SwitchRig(ReservedBits(Mirrored(OnePeer())), link: Jumbo);
        byte[] frame = Plain(B, A, 3014);
        List<byte[]> packets = here.Pass(Web1, frame).Out(Up0);
        Assert.Equal(3, packets.Count);
        Assert.All(packets, packet => Assert.Equal(0x48, packet[42]));
        there.Pass(Up0, packets[2]).Pass(Up0, packets[1]);
        Assert.Empty(there.Out(Web1));
        Assert.Equal(frame, Assert.Single(there.Pass(Up0, packets[0]).Out(Web1)));

        PacketTrace first = PacketTracer.Trace(ReservedBits(Mirrored(OnePeer())), "up0", packets[0]);
        Assert.Contains("bytes 0 to 1007 of as many as the last will tell", first.ToText());
        PacketTrace last = PacketTracer.Trace(ReservedBits(Mirrored(OnePeer())), "up0", packets[2]);
        Assert.Contains("bytes 2016 to 3013 of 3014", last.ToText());

        static SwitchPlan ReservedBits(SwitchPlan plan) => plan with
        {
            Vteps = [plan.Vteps[0] with { Kind = TunnelKind.Vxlan, Fragmentation = plan.Vteps[0].Fragmentation with { VxlanReservedBits = true } }],
        };
    }

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void A_frame_that_fits_goes_as_it_always_did()
    {
        using var rig = new SwitchRig(OnePeer(), link: Jumbo);
        byte[] packet = Assert.Single(rig.Pass(Web1, Plain(B, A, 1464)).Out(Up0));
        Assert.Equal(1514, packet.Length);
        Assert.Equal(0, packet[42]); // no options
        Assert.Equal(2, rig.Pass(Web1, Plain(B, A, 1465)).Out(Up0).Count);
    }

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void A_trace_tells_number_offset_and_length_of_fragments()
    {
        PacketTrace cut = PacketTracer.Trace(OnePeer(), "web1", Plain(B, A, 3014));
        Assert.Matches("3014 bytes are cut into 3 fragments of datagram [0-9a-f]{8}, 1008 bytes each", cut.ToText());
        Assert.Equal(TraceOutcome.Forwarded, cut.Outcome);
        Assert.Equal(3, cut.SentTo.Count(port => port == "up0"));

        PacketTrace piece = PacketTracer.Trace(OnePeer(), "up0", Fragment(7, 608, 304, 304));
        Assert.Contains("fragment of datagram 00000007: bytes 304 to 607 of 608", piece.ToText());
        Assert.Equal(TraceOutcome.Held, piece.Outcome);
        Assert.Contains("held by decap (waits for the other fragments of its frame)", piece.Verdict);
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1191_Section4_A_router_that_names_an_mtu_makes_packets_to_that_peer_smaller()
    {
        using var rig = new SwitchRig(OnePeer() with { Vteps = [OnePeer().Vteps[0] with { UdpPort = 4789 }] }, link: Jumbo);
        Assert.Equal(3, rig.Pass(Web1, Plain(B, A, 3014)).Out(Up0).Count);
        rig.Pass(Up0, TooBig(1000));
        Assert.Equal(1, rig.Switch.Totals.Consumed - 1); // the message; the frame that was cut is the other
        Assert.Equal(1000, rig.Switch.Snapshot().Tunnels[0].PathMtuBytes);
        Assert.All(rig.Pass(Web1, Plain(B, A, 3014)).Out(Up0), packet => Assert.True(packet.Length <= 1014));

        // Not before five minutes have passed, and after ten (RFC 1191 section 6.3).
        rig.Wait(TimeSpan.FromMinutes(9));
        Assert.Equal(1000, rig.Switch.Snapshot().Tunnels[0].PathMtuBytes);
        rig.Wait(TimeSpan.FromMinutes(2));
        Assert.Equal(1500, rig.Switch.Snapshot().Tunnels[0].PathMtuBytes);
    }

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void Where_the_policy_is_to_signal_the_sender_is_told_which_length_fits()
    {
        SwitchPlan plan = OnePeer();
        using var rig = new SwitchRig(plan with { Vteps = [plan.Vteps[0] with { Kind = TunnelKind.Vxlan, Fragmentation = new FragmentationPlan { Policy = FragmentationPolicy.Signal } }] }, link: Jumbo);
        byte[] frame = Plain(B, A, 2000);
        byte[] ip = [0x08, 0x00, 0x45, 0, 0x07, 0xC2, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        ip.CopyTo(frame, 12);
        FixHeaderChecksum(frame);

        // While nobody knows where the destination is there is nobody to answer for; once it is known, the answer goes back alone.
        Assert.Empty(rig.Pass(Web1, frame).Out(Web1));
        rig.Pass(Up0, FromPeer(Plain(A, B)));
        _ = rig.AllOut();
        byte[] answer = Assert.Single(rig.Pass(Web1, frame).Out(Web1));
        Assert.Empty(rig.Out(Up0));
        Assert.Equal(Convert.ToHexString(frame, 6, 6) + Convert.ToHexString(frame, 0, 6), Convert.ToHexString(answer, 0, 12));
        Assert.Equal([3, 4], answer[34..36]);
        Assert.Equal(1500 - 50, (answer[40] << 8) | answer[41]);
        Assert.Equal(frame[14..34], answer[42..62]);
        Assert.Equal(2, rig.Drops()["tunnel-mtu-exceeded"]);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Fragments_of_strangers_and_of_unknown_networks_take_no_memory()
    {
        using var rig = new SwitchRig(Fragmenting().With(0, blue => blue with { Peers = [new TunnelAddress(Peer3Address)] }), link: Jumbo);
        rig.Pass(Up0, Fragment(1, 608, 0, 304));
        Assert.Equal(1, rig.Drops()["unknown-peer"]);
        Assert.Equal(0, rig.Switch.Totals.Held);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_incomplete_frames_leaves_the_books_balanced_and_every_buffer_free()
    {
        using var rig = new SwitchRig(Fragmenting(), link: Jumbo);
        int buffers = rig.Switch.BuffersAvailable;
        for (int i = 0; i < 200; i++)
        {
            rig.Pass(Up0, Fragment((byte)i, 912, 304 * (i % 3), 304)).Wait(TimeSpan.FromMilliseconds(20));
            Assert.InRange(rig.Switch.Totals.Held, 0, 2);
        }

        Assert.Equal(buffers, rig.Switch.BuffersAvailable);
        rig.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(0, rig.Switch.Totals.Held);
        Assert.Equal(200, rig.Drops()["fragment-timeout"] + rig.Drops()["fragment-quota"]);
    }

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void Fragments_that_wait_when_the_configuration_changes_go_on_where_their_endpoint_does_not()
    {
        using var rig = new SwitchRig(Fragmenting(), link: Jumbo);
        rig.Pass(Up0, Fragment(1, 608, 0, 304));
        rig.Switch.Apply(Fragmenting() with { Name = "again" }, rig.Switch.Ports);
        Assert.Equal(1, rig.Switch.Totals.Held);
        rig.Pass(Up0, Fragment(1, 608, 304, 304));
        TunnelSnapshot tunnel = rig.Switch.Snapshot().Tunnels[0];
        Assert.Equal((0, 2, 1), (rig.Switch.Totals.Held, tunnel.FragmentsReceived, tunnel.Reassembled));
        Assert.DoesNotContain("stopping", rig.Drops());
    }

    [Fact, Trait(Kind.Key, Kind.Model)]
    public void Fragments_that_wait_when_their_endpoint_changes_are_dropped_as_stopping_and_the_counts_go_on()
    {
        using var rig = new SwitchRig(Fragmenting(), link: Jumbo);
        rig.Pass(Up0, Fragment(1, 608, 0, 304));
        SwitchPlan other = Fragmenting();
        rig.Switch.Apply(other with { Vteps = [other.Vteps[0] with { Fragmentation = other.Vteps[0].Fragmentation with { MaxDatagrams = 16 } }] }, rig.Switch.Ports);
        Assert.Equal(1, rig.Drops()["stopping"]);
        Assert.True(rig.Switch.Totals.Balanced && rig.Switch.Totals.Held == 0);
        Assert.Equal(1, rig.Switch.Snapshot().Tunnels[0].FragmentsReceived);
        rig.Pass(Up0, Fragment(1, 608, 304, 304));
        Assert.Equal(1, rig.Switch.Totals.Held);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Without_buffers_for_all_fragments_a_frame_is_dropped_whole()
    {
        using var rig = new SwitchRig(OnePeer() with { PoolBuffers = 3 }, link: Jumbo);
        Assert.Empty(rig.Pass(Web1, Plain(B, A, 3014)).Out(Up0));
        Assert.Equal(1, rig.Drops()["pool-exhausted"]);
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Cutting_and_putting_together_in_the_switch_allocates_nothing()
    {
        using var here = new SwitchRig(OnePeer(), link: Jumbo);
        using var there = new SwitchRig(Mirrored(OnePeer()), link: Jumbo);
        byte[] frame = Plain(B, A, 3014);
        byte[] buffer = new byte[2048];
        void Pass()
        {
            here.Link(Web1).Right.TrySend(frame, here.Now);
            here.Switch.RunOnce(here.Now);
            while (here.Link(Up0).Right.TryReceive(buffer, here.Now, out int length))
            {
                there.Link(Up0).Right.TrySend(buffer.AsSpan(0, length), there.Now);
            }

            there.Switch.RunOnce(there.Now);
            while (there.Link(Web1).Right.TryReceive(frame, there.Now, out _) || there.Link(Web2).Right.TryReceive(buffer, there.Now, out _) || there.Link(Trunk).Right.TryReceive(buffer, there.Now, out _))
            {
            }
        }

        Pass();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                Pass();
            }
        }));
        Assert.True(there.Switch.Snapshot().Tunnels[0].Reassembled >= 200);
    }

    /// <summary>The plan with a single peer, so that a flooded frame leaves once.</summary>
    private static SwitchPlan OnePeer() => Ports(Fragmenting().With(0, blue => blue with { Peers = [new TunnelAddress(PeerAddress)] }));

    private static SwitchPlan Ports(SwitchPlan plan) => plan.WithPort(Web1, Large).WithPort(Web2, Large).WithPort(Trunk, Large);

    private static PortPlan Large(PortPlan port) => port with { MtuBytes = 3500 };

    /// <summary>The switch at the other end of the tunnel.</summary>
    private static SwitchPlan Mirrored(SwitchPlan plan) => (plan with
    {
        Vteps =
        [
            plan.Vteps[0] with
            {
                Address = new TunnelAddress(PeerAddress),
                Mac = PeerMac,
                StaticNeighbors = new Dictionary<TunnelAddress, Weft.Packets.MacAddress> { [new TunnelAddress(VtepAddress)] = VtepMac },
            },
        ],
    }).With(0, blue => blue with { Peers = [new TunnelAddress(VtepAddress)] });
}
