using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

[Trait(Kind.Key, Kind.Model)]
public sealed class BridgeNodeTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(5);

    [Fact]
    public void Of_two_nodes_that_start_together_the_preferred_one_forwards()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Run(Long);
        Assert.Equal((BridgeRole.Active, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.True(pair.Nodes[1].InSync);
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void A_node_without_another_forwards_after_listening()
    {
        using var pair = new BridgePair();
        pair.Alive[1] = false;
        TimeSpan took = pair.Until(() => pair.Nodes[0].Forwards, Long);
        Assert.InRange(took.TotalMilliseconds, 200, 210);
        Assert.Equal(FailoverCause.Alone, pair.Nodes[0].Cause);
    }

    [Fact]
    public void A_dead_node_is_replaced_as_soon_as_its_silence_is_detected()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Alive[0] = false;
        TimeSpan took = pair.Until(() => pair.Nodes[1].Forwards, Long);
        Assert.InRange(took, BridgePair.Detection, BridgePair.Detection + 2 * BridgePair.Tick);
        Assert.Equal(FailoverCause.PeerDown, pair.Nodes[1].Cause);
    }

    [Fact]
    public void Each_machine_is_announced_three_times_to_the_side_where_it_is_not()
    {
        using BridgePair pair = BridgePair.Settled();
        for (int machine = 0; machine < 300; machine++)
        {
            pair.SpeakOnVlan(machine);
            pair.SpeakOnOverlay(1000 + machine);
        }

        pair.Run(TimeSpan.FromSeconds(1));
        // Heard through the active node's tunnel before it was synchronised: its machine is behind the VLANs.
        pair.Macs[1].Learn(BridgePair.Vlan, BridgePair.Machine(5000), BridgeLocation.Vtep(0), pair.Now);
        pair.Alive[0] = false;
        pair.Run(Long);

        ILookup<(BridgeSide, MacAddress), byte[]> heard = pair.Announcements.ToLookup(said => (said.Side, MacAddress.Read(said.Frame.AsSpan(6))), said => said.Frame);
        Assert.All(pair.Announcements, said => Assert.Equal(1, said.Node));
        Assert.Equal(600, heard.Count);
        for (int machine = 0; machine < 300; machine++)
        {
            Assert.Equal(3, heard[(BridgeSide.Overlay, BridgePair.Machine(machine))].Count());
            Assert.Equal(3, heard[(BridgeSide.Vlan, BridgePair.Machine(1000 + machine))].Count());
        }

        Assert.All(pair.Announcements, said => Assert.Equal(said.Side == BridgeSide.Vlan ? 46 : 42, said.Frame.Length));
    }

    [Fact]
    public void After_a_failover_both_networks_send_to_the_node_that_took_over()
    {
        using BridgePair pair = BridgePair.Settled();
        for (int machine = 0; machine < 100; machine++)
        {
            pair.SpeakOnVlan(machine);
            pair.SpeakOnOverlay(1000 + machine);
        }

        pair.Run(TimeSpan.FromSeconds(1));
        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromMilliseconds(200));
        for (int machine = 0; machine < 100; machine++)
        {
            Assert.Equal(1, pair.Hosts[BridgePair.Machine(machine)]);
            Assert.Equal(1, pair.PhysicalSwitch[BridgePair.Machine(1000 + machine)]);
            // The physical switch must never hear a machine of its own from a bridge.
            Assert.False(pair.PhysicalSwitch.ContainsKey(BridgePair.Machine(machine)));
            Assert.True(pair.Macs[1].TryLookup(BridgePair.Vlan, BridgePair.Machine(machine), pair.Now, out BridgeLocation where));
            Assert.Equal(BridgeLocation.Port(BridgePair.Port), where);
        }
    }

    [Fact]
    public void Machines_that_spoke_last_are_announced_first()
    {
        using BridgePair pair = BridgePair.Settled((_, options) => options with { AnnouncementsPerMillisecond = 1 });
        for (int machine = 0; machine < 5; machine++)
        {
            pair.SpeakOnOverlay(1000 + machine);
            pair.Run(TimeSpan.FromSeconds(2));
        }

        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromMilliseconds(100));
        Assert.Equal([1004, 1003, 1002, 1001, 1000], pair.Announcements.Select(said => (int)(MacAddress.Read(said.Frame.AsSpan(6)).Value & 0xFFF)));
    }

    [Fact]
    public void A_machine_that_moved_meanwhile_is_not_announced_to_where_it_is()
    {
        using BridgePair pair = BridgePair.Settled((_, options) => options with { AnnouncementsPerMillisecond = 1 });
        pair.SpeakOnOverlay(1000);
        pair.SpeakOnOverlay(1001);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Alive[0] = false;
        pair.Until(() => pair.Announcements.Count == 1, Long);
        MacAddress first = MacAddress.Read(pair.Announcements[0].Frame.AsSpan(6));
        MacAddress other = first == BridgePair.Machine(1000) ? BridgePair.Machine(1001) : BridgePair.Machine(1000);
        pair.Macs[1].Learn(BridgePair.Vlan, other, BridgeLocation.Port(BridgePair.Port), pair.Now);
        pair.Run(Long);
        Assert.DoesNotContain(pair.Announcements, said => MacAddress.Read(said.Frame.AsSpan(6)) == other);
        Assert.Equal(3, pair.Nodes[1].Counters.AnnouncementsWithheld);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_broken_path_moves_nothing(int path)
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Cut[path] = true;
        pair.Run(TimeSpan.FromMilliseconds(700));
        Assert.Equal((BridgeRole.Active, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        pair.Cut[path] = false;
        pair.Run(Long);
        Assert.Equal((BridgeRole.Active, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void A_cut_sync_link_alone_moves_nothing_as_long_as_probes_are_heard()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.SyncCut = true;
        pair.Run(Long);
        Assert.Equal((BridgeRole.Active, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
    }

    [Fact]
    public void When_both_paths_heal_one_node_steps_back_and_the_other_announces_again()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.SpeakOnVlan(1);
        pair.SpeakOnOverlay(1001);
        pair.Run(TimeSpan.FromSeconds(1));
        (pair.Cut[0], pair.Cut[1]) = (true, true);
        pair.Run(Long);
        Assert.True(pair.Nodes[0].Forwards && pair.Nodes[1].Forwards);
        pair.Announcements.Clear();
        (pair.Cut[0], pair.Cut[1]) = (false, false);
        // One probe interval is the longest that both forward.
        pair.Until(() => !pair.Nodes[0].Forwards, TimeSpan.FromMilliseconds(110));
        pair.Run(Long);
        Assert.Equal((BridgeRole.Standby, BridgeRole.Active), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.Contains(pair.Announcements, said => said.Node == 1 && said.Side == BridgeSide.Overlay);
        Assert.Contains(pair.Announcements, said => said.Node == 1 && said.Side == BridgeSide.Vlan);
    }

    [Fact]
    public void A_node_that_slept_fences_itself_before_it_forwards_another_frame()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromMilliseconds(300));
        Assert.True(pair.Nodes[1].Forwards);
        pair.Alive[0] = true;
        pair.Run(BridgePair.Tick);
        Assert.False(pair.Nodes[0].Forwards);
        pair.Run(Long);
        Assert.Equal((BridgeRole.Standby, BridgeRole.Active), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void A_node_that_slept_too_briefly_to_be_missed_goes_on_after_asking()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromMilliseconds(25));
        pair.Alive[0] = true;
        pair.Run(BridgePair.Tick);
        Assert.Equal(BridgeRole.Fenced, pair.Nodes[0].Role);
        // A quarter of its longest gap for what waited at its ports, and a round trip.
        pair.Until(() => pair.Nodes[0].Forwards, TimeSpan.FromMilliseconds(5 + 3));
        Assert.Equal(FailoverCause.StillPreferred, pair.Nodes[0].Cause);
        Assert.Equal(BridgeRole.Standby, pair.Nodes[1].Role);
    }

    [Theory]
    [InlineData(40, 40)]
    [InlineData(1000, 250)]
    public void A_node_that_slept_does_not_go_on_before_what_waited_at_its_ports_is_gone_or_it_has_waited_long_enough(int backlog, int expected)
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromMilliseconds(25));
        pair.Alive[0] = true;
        int silent = 0;
        do
        {
            pair.Nodes[0].HasBacklog = silent < backlog;
            pair.Run(BridgePair.Tick);
        }
        while (!pair.Nodes[0].Forwards && ++silent < 2000);

        Assert.InRange(silent, expected, expected + 10);
        Assert.Equal(BridgeRole.Standby, pair.Nodes[1].Role);
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void A_standby_that_slept_does_not_take_its_own_pause_for_the_others_death()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Alive[1] = false;
        pair.Run(TimeSpan.FromMilliseconds(300));
        pair.Alive[1] = true;
        pair.Run(Long);
        Assert.Equal((BridgeRole.Active, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void A_drained_node_hands_over_without_a_gap_longer_than_a_message()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.SpeakOnVlan(1);
        pair.Nodes[0].Drain(pair.Now);
        int silent = 0;
        for (int i = 0; i < 100; i++)
        {
            pair.Run(BridgePair.Tick);
            silent += pair.Nodes[0].Forwards || pair.Nodes[1].Forwards ? 0 : 1;
        }

        Assert.Equal((BridgeRole.Standby, BridgeRole.Active), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.InRange(silent, 0, 2);
        Assert.Equal(0, pair.BothForwarded);
        Assert.True(pair.Nodes[1].Table.Contains(BridgePair.Vlan, BridgePair.Machine(1)));
    }

    [Fact]
    public void A_drain_that_nobody_answers_is_taken_back()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Alive[1] = false;
        pair.Nodes[0].Drain(pair.Now);
        pair.Run(Long);
        Assert.Equal((BridgeRole.Active, FailoverCause.HandoverRefused), (pair.Nodes[0].Role, pair.Nodes[0].Cause));
    }

    [Theory]
    [InlineData(PreemptionMode.Preemptive, BridgeRole.Active)]
    [InlineData(PreemptionMode.NonPreemptive, BridgeRole.Standby)]
    public void A_preferred_node_that_comes_back_takes_its_place_if_it_may(PreemptionMode mode, BridgeRole expected)
    {
        using BridgePair pair = BridgePair.Settled((_, options) => options with { Preemption = mode });
        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Alive[0] = true;
        pair.Run(Long);
        Assert.Equal(expected, pair.Nodes[0].Role);
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void In_manual_mode_only_a_person_moves_the_role()
    {
        using var pair = new BridgePair((_, options) => options with { Preemption = PreemptionMode.Manual });
        pair.Run(Long);
        Assert.Equal((BridgeRole.Standby, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        pair.Nodes[1].Activate(pair.Now);
        pair.Run(Long);
        pair.Alive[1] = false;
        pair.Run(Long);
        Assert.Equal(BridgeRole.Standby, pair.Nodes[0].Role);
    }

    [Fact]
    public void A_standby_asks_for_the_role_when_a_person_wants_it()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Nodes[1].Activate(pair.Now);
        pair.Until(() => pair.Nodes[1].Forwards, TimeSpan.FromMilliseconds(20));
        pair.Run(Long);
        Assert.Equal((BridgeRole.Standby, BridgeRole.Active), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void A_node_whose_port_goes_down_gives_the_role_away()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Nodes[0].SetPort(false, pair.Now);
        pair.Until(() => pair.Nodes[1].Forwards, TimeSpan.FromMilliseconds(5));
        Assert.Equal(FailoverCause.PeerDrained, pair.Nodes[1].Cause);
        pair.Nodes[0].SetPort(true, pair.Now);
        pair.Run(Long);
        Assert.Equal((BridgeRole.Standby, BridgeRole.Active), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void A_probe_that_comes_back_fences_the_node()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Run(TimeSpan.FromMilliseconds(200));
        byte[] probe = pair.Probes[^1];
        Assert.Equal(ProbeVerdict.FromOurselves, pair.Nodes[0].ReceiveProbe(probe, pair.Now));
        Assert.Equal((BridgeRole.Fenced, FailoverCause.Loop), (pair.Nodes[0].Role, pair.Nodes[0].Cause));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_forged_or_repeated_probe_fences_nobody()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Run(TimeSpan.FromMilliseconds(200));
        byte[] probe = pair.Probes[^1];
        for (int octet = 18; octet < 58; octet++)
        {
            byte[] forged = [.. probe];
            forged[octet] ^= 1;
            Assert.NotEqual(ProbeVerdict.FromOurselves, pair.Nodes[0].ReceiveProbe(forged, pair.Now));
        }

        pair.Run(Long + Long);
        Assert.Equal(ProbeVerdict.Refused, pair.Nodes[0].ReceiveProbe(probe, pair.Now));
        Assert.Equal(BridgeRole.Active, pair.Nodes[0].Role);
    }

    [Fact]
    public void Without_its_fence_a_node_does_not_forward()
    {
        using BridgePair pair = BridgePair.Settled((node, options) => options with { NeedsFence = node == 1 });
        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.True(pair.Nodes[1].WantsFence);
        Assert.False(pair.Nodes[1].Forwards);
        pair.Nodes[1].GrantFence(pair.Now);
        Assert.True(pair.Nodes[1].Forwards);
        pair.Nodes[1].RevokeFence(pair.Now);
        Assert.Equal((BridgeRole.Fenced, FailoverCause.FenceLost), (pair.Nodes[1].Role, pair.Nodes[1].Cause));
    }

    [Fact]
    public void In_claim_order_everything_is_announced_before_a_frame_is_forwarded()
    {
        using BridgePair pair = BridgePair.Settled((_, options) => options with { Order = AnnouncementOrder.AnnounceThenForward, AnnouncementsPerMillisecond = 10 });
        for (int machine = 0; machine < 100; machine++)
        {
            pair.SpeakOnOverlay(1000 + machine);
        }

        pair.Run(TimeSpan.FromSeconds(1));
        pair.Alive[0] = false;
        pair.Until(() => pair.Nodes[1].Forwards, Long);
        Assert.Equal(100, pair.Announcements.Count);
    }

    [Fact]
    public void Hosts_are_asked_for_each_virtual_network_and_asked_again_because_nobody_answers()
    {
        using BridgePair pair = BridgePair.Settled((_, options) => options with
        {
            HostFlush = HostFlushMode.Repoint,
            Vnis = [100, 110],
            HostKey = new byte[] { 5, 6 },
            OwnAddress = IPv6Address.Parse("2001:db8::2"),
            PeerAddress = IPv6Address.Parse("2001:db8::1"),
        });
        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromSeconds(3));
        using var host = new HostFlushReceiver(0xB1D6E, [5, 6]);
        // Who knows the secret of the hosts does not know that of the nodes, and the other way round.
        using var stranger = new HostFlushReceiver(0xB1D6E, [1, 2, 3, 4]);
        Assert.Equal(6, pair.FlushRequests.Count);
        foreach ((byte[] request, uint vni) in pair.FlushRequests.Zip(new uint[] { 100, 110, 100, 110, 100, 110 }))
        {
            Assert.Equal(MacSyncVerdict.Unauthentic, stranger.Receive(request, out _));
            Assert.Equal(MacSyncVerdict.Accepted, host.Receive(request, out HostFlush flush));
            Assert.Equal((vni, HostFlushMode.Repoint, "2001:db8::1", "2001:db8::2"), (flush.Vni, flush.Mode, flush.From.ToString(), flush.To.ToString()));
            Assert.Equal(MacSyncVerdict.Stale, host.Receive(request, out _));
            Assert.Equal(MacSyncVerdict.Malformed, host.Receive(request.AsSpan(1), out _));
        }
    }

    [Fact]
    public void A_node_that_gave_the_role_away_asks_hosts_no_more()
    {
        using BridgePair pair = BridgePair.Settled((_, options) => options with { HostFlush = HostFlushMode.Forget, Vnis = [100, 110] });
        pair.Nodes[1].Activate(pair.Now);
        pair.Until(() => pair.Nodes[1].Forwards, Long);
        pair.Nodes[1].Drain(pair.Now);
        pair.Until(() => pair.Nodes[0].Forwards, Long);
        uint epoch = pair.Nodes[0].Epoch;
        pair.FlushRequests.Clear();
        pair.Run(TimeSpan.FromSeconds(3));
        Assert.NotEmpty(pair.FlushRequests);
        Assert.All(pair.FlushRequests, request => Assert.True(HostFlush.TryParse(request, out HostFlush flush) && flush.Node == 1 && flush.Epoch == epoch));
    }

    [Fact]
    public void A_node_goes_on_with_another_filtering_database_without_a_change_of_role()
    {
        using BridgePair pair = BridgePair.Settled();
        for (int machine = 0; machine < 50; machine++)
        {
            pair.SpeakOnVlan(machine);
            pair.SpeakOnOverlay(1000 + machine);
        }

        pair.Run(TimeSpan.FromSeconds(1));
        uint epoch = pair.Nodes[0].Epoch;
        ulong digest = pair.Nodes[0].Table.Digest;
        // The new switch found no room for machine 7, and its numbers are others.
        using FilteringDatabase next = pair.Rebuild(0, port: 1, except: BridgePair.Machine(7));
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.Equal((BridgeRole.Active, epoch), (pair.Nodes[0].Role, pair.Nodes[0].Epoch));
        Assert.Empty(pair.Announcements);
        Assert.NotEqual(digest, pair.Nodes[0].Table.Digest);
        Assert.False(pair.Nodes[1].Table.Contains(BridgePair.Vlan, BridgePair.Machine(7)));
        Assert.Equal(49, pair.Nodes[1].Table.Count);
        Assert.True(pair.Nodes[1].InSync);
        pair.Alive[0] = false;
        pair.Until(() => pair.Nodes[1].Forwards, Long);
    }

    [Fact]
    public void A_node_that_is_rebound_while_it_announces_announces_everything_again()
    {
        using BridgePair pair = BridgePair.Settled();
        for (int machine = 0; machine < 20; machine++)
        {
            pair.SpeakOnVlan(machine);
        }

        pair.Run(TimeSpan.FromSeconds(1));
        pair.Alive[0] = false;
        pair.Until(() => pair.Nodes[1].Forwards, Long);
        pair.Run(TimeSpan.FromMilliseconds(50));
        int before = pair.Announcements.Count;
        using FilteringDatabase next = pair.Rebuild(1, port: 1, except: MacAddress.Zero);
        pair.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(before + (3 * 20), pair.Announcements.Count);
        Assert.All(pair.Announcements, announcement => Assert.Equal(BridgeSide.Overlay, announcement.Side));
        Assert.Throws<ArgumentException>(() => pair.Nodes[1].Rebind(new FilteringDatabase(new FilteringDatabaseOptions { PortCount = 1, Seed = new HashSeed(1, 2) }), 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.Nodes[1].Rebind(next, -1, 0));
    }

    [Fact]
    public void Changes_of_role_are_told_with_their_cause()
    {
        using BridgePair pair = BridgePair.Settled();
        pair.Alive[0] = false;
        pair.Run(TimeSpan.FromSeconds(1));
        var roles = new List<(BridgeRole, FailoverCause)>();
        while (pair.Nodes[1].TryTakeEvent(out BridgeNodeEvent change))
        {
            roles.Add((change.To, change.Cause));
        }

        Assert.Equal([(BridgeRole.Init, FailoverCause.Configured), (BridgeRole.Standby, FailoverCause.PeerActive), (BridgeRole.Active, FailoverCause.PeerDown)], roles);
    }
}
