using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.HostTests.WorkerFrames;

namespace Weft.Conformance.HostTests;

/// <summary>What one worker finds out the others know, and what there is once is at one worker.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class WorkerStateTests
{
    private const int Flows = 40;

    [Fact]
    public void An_address_that_one_worker_learns_is_forwarded_to_by_all()
    {
        using var rig = new SwitchRig(Resolved() with { Workers = 4 });
        rig.Pass(Web2, Plain(Broadcast, B));
        rig.AllOut();
        Flood(rig, Web1);
        Assert.Equal(Flows, rig.Out(Web2).Count);
        Assert.Empty(rig.AllOut());
    }

    [Fact]
    public void An_address_moves_for_all_workers_at_once_and_does_not_move_back()
    {
        using var rig = new SwitchRig(Resolved() with { Workers = 4 });
        for (int move = 0; move < 6; move++)
        {
            int from = move % 2 == 0 ? Web2 : Trunk;
            byte[] frame = Udp(Broadcast, B, (ushort)(move * 7), 0);
            rig.Wait(TimeSpan.FromMilliseconds(1)).Pass(from, from == Trunk ? Tagged(frame, 10) : frame);
            rig.AllOut();
            Flood(rig, Web1);
            Assert.Equal(Flows, rig.Out(from).Count);
            Assert.Empty(rig.AllOut());
        }
    }

    [Fact]
    public void Ieee8021Q_Section8_8_3_A_station_that_only_one_worker_hears_ages_nowhere()
    {
        using var rig = new SwitchRig(Resolved().With(0, blue => blue with { Ageing = TimeSpan.FromSeconds(20) }) with { Workers = 4 });
        for (int second = 0; second < 100; second++)
        {
            // One flow of B's, so one worker.
            rig.Wait(TimeSpan.FromSeconds(1)).Pass(Web2, Udp(A, B, 1, 0));
        }

        rig.AllOut();
        Flood(rig, Web1);
        Assert.Equal(Flows, rig.Out(Web2).Count);
        Assert.Empty(rig.AllOut());
        Assert.Equal(0, Assert.Single(rig.Switch.Snapshot().Fdb, entry => entry.Mac == B).AgeSeconds);

        rig.Wait(TimeSpan.FromSeconds(25));
        Flood(rig, Web1);
        Assert.True(rig.AllOut().Count > 2 * Flows, "B was forgotten, so it is flooded to");
    }

    [Fact]
    public void More_addresses_than_a_ring_takes_are_told_all_the_same()
    {
        const int Stations = 600;
        using var rig = new SwitchRig(Resolved() with { Workers = 4, VectorSize = 256 });
        for (uint station = 0; station < Stations; station++)
        {
            rig.Send(Web1, Plain(Broadcast, new MacAddress(0x0200_0000_1000UL + station)));
        }

        // The first worker learns them all at once, and nobody listens meanwhile.
        for (int round = 0; round < 5; round++)
        {
            _ = rig.Switch.Workers[0].Round(rig.Now);
        }

        rig.Run();
        rig.Run();
        Assert.All(rig.Switch.Workers, worker => Assert.Equal(Stations, worker.Bridge.Macs.Count));
    }

    [Fact]
    public void Rfc1122_Section2_3_2_2_Frames_of_all_workers_wait_for_one_answer_and_go_on_in_order()
    {
        using var rig = new SwitchRig(Unresolved().With(0, blue => blue with { Peers = [new TunnelAddress(PeerAddress)] }) with { Workers = 4 });
        for (uint number = 0; number < 2; number++)
        {
            for (ushort flow = 0; flow < Flows; flow++)
            {
                rig.Send(Web1, Udp(B, A, flow, number));
            }
        }

        rig.Run();
        byte[][] asked = [.. rig.Out(Up0)];
        Assert.All(asked, frame => Assert.Equal(0x06, frame[13]));
        Assert.InRange(asked.Length, 1, 4);
        Assert.Equal(2 * Flows, rig.Switch.Totals.Held);
        rig.Pass(Up0, Arp(2, VtepMac, PeerMac, PeerAddress, VtepMac, VtepAddress));
        var sent = rig.Out(Up0).Select(packet => Read(packet.AsSpan(50))).ToLookup(frame => frame.Flow, frame => frame.Number);
        Assert.Equal(Flows, sent.Count);
        Assert.All(sent, flow => Assert.Equal([0u, 1u], flow));
        Assert.Equal(0, rig.Switch.Totals.Held);
        // Everybody has heard it: nobody asks again.
        Flood(rig, Web1);
        Assert.Equal(Flows, rig.Out(Up0).Count);
    }

    [Fact]
    public void A_question_for_the_endpoint_is_answered_once()
    {
        using var rig = new SwitchRig(Resolved() with { Workers = 4 });
        rig.Pass(Up0, Arp(1, Broadcast, PeerMac, PeerAddress, MacAddress.Zero, VtepAddress));
        Assert.Single(rig.Out(Up0));
        rig.Pass(Up0, Echo());
        Assert.Single(rig.Out(Up0));
    }

    [Fact]
    public void Rfc1191_Section6_3_A_path_that_is_narrower_is_so_for_all_workers()
    {
        using var rig = new SwitchRig(Fragmenting() with { Workers = 4 });
        rig.Pass(Up0, TooBig(1200));
        for (ushort flow = 0; flow < Flows; flow++)
        {
            rig.Send(Web1, Udp(B, A, flow, 0, length: 1400));
        }

        rig.Run();
        byte[][] sent = [.. rig.Out(Up0).Where(packet => packet[33] == 2)];
        Assert.Equal(2 * Flows, sent.Length);
        Assert.All(sent, packet => Assert.InRange(packet.Length, 60, 1214));
    }

    [Fact]
    public void Bindings_are_at_one_worker_and_all_ask_there()
    {
        using var rig = new SwitchRig(Resolved().With(0, blue => blue with { SuppressArp = true }) with { Workers = 4 });
        var address = IPv4Address.Parse("10.0.0.9");
        // Out of the tunnel, so that its outer headers choose the worker.
        for (byte port = 0; port < 20; port++)
        {
            rig.Pass(Up0, FromPeer(Arp(2, Broadcast, C, address, C, address), frame => frame[35] = port));
        }

        rig.AllOut();
        rig.Pass(Web1, Arp(1, Broadcast, A, IPv4Address.Parse("10.0.0.1"), MacAddress.Zero, address));
        Assert.Single(rig.Out(Web1));
        Assert.Empty(rig.AllOut());
        Assert.Single(rig.Switch.Snapshot().Bindings, binding => binding.Mac == C);
    }

    [Fact]
    public void A_bridge_node_has_all_frames_at_the_worker_that_fences_it()
    {
        using var rig = new SwitchRig(Bridging() with { Workers = 4 });
        Flood(rig, Web1);
        Assert.Equal(Flows, rig.Out(Web2).Count);
        Assert.Equal(Flows, rig.Switch.Workers[0].Graph.Meters[(int)StageId.Bridge].Packets);
        rig.Pass(Trunk, Tagged(Udp(B, A, 5, 0), 10));
        Assert.Equal(1, rig.Drops()["bridge-standby"]);
    }

    [Fact]
    public void A_change_of_the_number_of_workers_keeps_books_addresses_and_neighbours()
    {
        using var rig = new SwitchRig(Unresolved() with { Workers = 2 });
        rig.Pass(Web2, Plain(Broadcast, B)).Pass(Up0, Arp(2, VtepMac, PeerMac, PeerAddress, VtepMac, VtepAddress)).Pass(Up0, Arp(2, VtepMac, Peer3Mac, Peer3Address, VtepMac, VtepAddress));
        foreach (int workers in (int[])[4, 1, 64, 3])
        {
            rig.AllOut();
            FrameTotals before = rig.Switch.Totals;
            long calls = rig.Switch.Snapshot().Stages.Single(stage => stage.Name == "ingress").Packets;
            rig.Switch.Apply(rig.Switch.Plan with { Workers = workers, PoolBuffers = 8192 }, rig.Switch.Ports);
            Assert.Equal(before, rig.Switch.Totals);
            Assert.Equal(calls, rig.Switch.Snapshot().Stages.Single(stage => stage.Name == "ingress").Packets);
            Flood(rig, Web1);
            Assert.Equal(Flows, rig.Out(Web2).Count);
            Assert.Empty(rig.AllOut());
            rig.Run();
            Assert.Equal(8192 * workers, rig.Switch.BuffersAvailable);
        }
    }

    [Fact]
    public void The_stages_that_nothing_needs_are_not_there()
    {
        SwitchPlan local = Resolved() with { Vteps = [], Segments = [Segment("blue", 10, null)], Ports = [.. Resolved().Ports.Take(2)] };
        Assert.Equal(["ingress", "bridge", "egress", "transmit"], Stages(local));
        Assert.Equal(["ingress", "dispatch", "bridge", "egress", "transmit"], Stages(local with { Workers = 2 }));
        Assert.Equal(["ingress", "decap", "endpoint", "bridge", "egress", "encap", "transmit"], Stages(Resolved()));

        static string[] Stages(SwitchPlan plan)
        {
            using var rig = new SwitchRig(plan);
            return [.. rig.Switch.Snapshot().Stages.Select(stage => stage.Name)];
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(64)]
    public void A_trace_tells_which_worker_a_packet_goes_to(int workers)
    {
        PacketTrace trace = PacketTracer.Trace(Resolved() with { Workers = workers }, "web1", Udp(B, A, 3, 0));
        Assert.Contains(trace.Lines, line => line.Stage == "dispatch");
        Assert.StartsWith("VERDICT forwarded", trace.Verdict);
        Assert.Equal(["trunk", "up0", "up0", "web2"], trace.SentTo.Order());
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void Nothing_is_allocated_for_a_frame_on_its_way_through_several_workers()
    {
        using var rig = new SwitchRig(Resolved() with { Workers = 4 });
        rig.Pass(Web2, Plain(Broadcast, B));
        byte[][] frames = [.. Enumerable.Range(0, 64).Select(flow => Udp(B, A, (ushort)flow, 0))];
        byte[] buffer = new byte[2048];
        long allocated = Allocations.Of(() =>
        {
            for (int round = 0; round < 500; round++)
            {
                foreach (byte[] frame in frames)
                {
                    _ = rig.Link(Web1).Right.TrySend(frame, rig.Now);
                }

                while (rig.Switch.RunOnce(rig.Now) > 0)
                {
                }

                while (rig.Link(Web2).Right.TryReceive(buffer, rig.Now, out _))
                {
                }
            }
        });
        Assert.Equal(0, allocated);
    }

    /// <summary>A frame of each flow from A to B.</summary>
    private static void Flood(SwitchRig rig, int port)
    {
        for (ushort flow = 0; flow < Flows; flow++)
        {
            rig.Send(port, Udp(B, A, flow, 0));
        }

        rig.Run();
    }
}
