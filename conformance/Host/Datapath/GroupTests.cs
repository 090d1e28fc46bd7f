using Weft.Conformance.MulticastTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.GroupPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Multicast through the whole switch: who gets what, in which bytes, and where every frame ends.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class GroupTests
{
    private static readonly byte[] Data = DataFrames.Udp("10.0.0.1", Group);

    [Fact]
    public void Rfc4541_Section2_1_2_Listeners_get_data_and_nobody_else()
    {
        using var rig = new SwitchRig(Selective());
        rig.Pass(Web1, Data);
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["multicast-no-listener"]);

        rig.Pass(Web2, ControlFrames.V2(IgmpType.ReportV2, Group));
        Assert.All(rig.AllOut(), line => Assert.StartsWith("up0 ", line)); // the peers hear of the join, the other machines do not
        rig.Pass(Web1, Data);
        Assert.Equal([$"web2 {Convert.ToHexString(Data)}"], rig.AllOut());
    }

    [Fact]
    public void Rfc4541_Section2_1_1_Reports_end_here_unless_a_router_is_there()
    {
        using var rig = new SwitchRig(Snooping());
        byte[] report = ControlFrames.V2(IgmpType.ReportV2, Group);
        rig.Pass(Web2, report);
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Switch.Totals.Consumed);
        rig.Pass(Web1, ControlFrames.QueryV3("0.0.0.0", "10.0.0.9"));
        Assert.Equal(["web2", "trunk", "up0", "up0"], rig.AllOut().Select(line => line.Split(' ')[0]));
        rig.Pass(Web2, report);
        Assert.Equal([$"web1 {Convert.ToHexString(report)}"], rig.AllOut());
    }

    [Fact]
    public void A_trunks_replica_is_tagged_and_an_access_ports_is_not()
    {
        using var rig = new SwitchRig(Selective());
        rig.Pass(Trunk, Tagged(ControlFrames.V2(IgmpType.ReportV2, Group), 10));
        rig.Pass(Web2, ControlFrames.V2(IgmpType.ReportV2, Group));
        rig.AllOut();
        rig.Pass(Web1, Data);
        Assert.Equal([$"web2 {Convert.ToHexString(Data)}", $"trunk {Convert.ToHexString(Tagged(Data, 10))}"], rig.AllOut());
        rig.Pass(Trunk, Tagged(Data, 0xA00A)); // its priority is for tags only
        Assert.Equal([$"web2 {Convert.ToHexString(Data)}"], rig.AllOut());
    }

    [Fact]
    public void Rfc7348_Peers_get_a_copy_each_and_those_only_that_joined_if_so_configured()
    {
        using var all = new SwitchRig(Snooping());
        all.Pass(Web1, Data);
        Assert.Equal(2, all.Out(Up0).Count(frame => frame.AsSpan(50).SequenceEqual(Data)));

        using var selective = new SwitchRig(Selective());
        selective.Pass(Up0, FromPeer(ControlFrames.V2(IgmpType.ReportV2, Group)));
        selective.Pass(Web1, Data);
        byte[] packet = Assert.Single(selective.Out(Up0));
        Assert.Equal(PeerAddress, IPv4Address.Read(packet.AsSpan(30)));
        Assert.Equal(Data, packet[50..]);
        Assert.Equal("192.0.2.2", $"{Assert.Single(selective.Switch.Snapshot().Multicast!.Groups).Peer}");
    }

    [Fact]
    public void Rfc8365_Nothing_goes_from_tunnel_to_tunnel()
    {
        using var rig = new SwitchRig(Snooping());
        rig.Pass(Web1, ControlFrames.V2(IgmpType.ReportV2, Group)).AllOut();
        rig.Pass(Up0, FromPeer(Data));
        Assert.Equal([$"web1 {Convert.ToHexString(Data)}"], rig.AllOut());
    }

    [Fact]
    public void The_bridge_learns_from_multicast_and_reports_as_from_any_frame()
    {
        using var rig = new SwitchRig(Snooping());
        rig.Pass(Web1, Data).Pass(Web2, ControlFrames.V2(IgmpType.ReportV2, Group, host: 7));
        Assert.Equal(
            [(ControlFrames.Host(7), "web2"), (ControlFrames.Host(99), "web1")],
            rig.Switch.Snapshot().Fdb.Select(entry => (entry.Mac, entry.Port!)).Order());
    }

    [Fact]
    public void Rfc1112_Section6_4_Groups_that_are_not_IP_are_flooded()
    {
        using var rig = new SwitchRig(Selective());
        byte[] cisco = Plain(MacAddress.Parse("01:00:0c:cc:cc:cd"), A);
        rig.Pass(Web1, cisco);
        Assert.Equal(["web2", "trunk", "up0", "up0"], rig.AllOut().Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void Rfc3376_Section6_6_3_The_switch_asks_with_the_clock_of_the_host()
    {
        using var rig = new SwitchRig(Querying());
        rig.Run();
        List<byte[]> started = [.. rig.Out(Web2).Concat(rig.Out(Trunk))];
        Assert.Equal(4, started.Count); // IGMP and MLD at both
        Assert.Contains(started, frame => frame[12] == 0x81 && frame[15] == 10);
        rig.AllOut();
        rig.Pass(Web2, ControlFrames.V2(IgmpType.ReportV2, Group)).Pass(Web2, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2"));
        byte[] asked = Assert.Single(rig.Out(Web2));
        Assert.Equal("01005E010101", Convert.ToHexString(asked[..6]));
        Assert.Equal(QuerierAddress, IPv4Address.Read(asked.AsSpan(26)));
        rig.Wait(TimeSpan.FromSeconds(1)).Wait(TimeSpan.FromSeconds(1.1));
        rig.AllOut();
        rig.Pass(Web1, Data);
        Assert.Empty(rig.AllOut());
    }

    [Fact]
    public void Rfc7761_Section4_2_Routed_copies_have_the_routers_address_and_a_hop_less_and_respect_the_scope()
    {
        using var rig = new SwitchRig(Selective());
        rig.Pass(Db, ControlFrames.V2(IgmpType.ReportV2, Routed)).Pass(Trunk, Tagged(ControlFrames.V2(IgmpType.ReportV2, Routed), 20)).AllOut();
        rig.Pass(Web1, DataFrames.Udp("10.0.0.1", Routed, ttl: 9));
        byte[] expected = DataFrames.Udp("10.0.0.1", Routed, ttl: 8);
        RouterMac.Write(expected.AsSpan(6));
        Assert.Equal([$"db {Convert.ToHexString(expected)}", $"trunk {Convert.ToHexString(Tagged(expected, 20))}"], rig.AllOut());
        rig.Pass(Web1, DataFrames.Udp("10.0.0.1", Routed, ttl: 8));
        Assert.Empty(rig.AllOut());
        Assert.Equal(1, rig.Drops()["multicast-scope"]);
    }

    [Fact]
    public void A_source_alone_in_its_segment_is_routed_all_the_same()
    {
        SwitchPlan plan = Selective().WithPort(Trunk, trunk => trunk with { AllowedVlans = [20] }).WithPort(Web2, web => web with { NativeVlan = 20 })
            .With(0, blue => blue with { Vni = null, Vtep = -1, Peers = [], Multicast = blue.Multicast with { OnlyJoinedPeers = false } });
        using var rig = new SwitchRig(plan);
        rig.Pass(Db, ControlFrames.V2(IgmpType.ReportV2, Routed)).AllOut();
        rig.Pass(Web1, DataFrames.Udp("10.0.0.1", Routed, ttl: 9));
        Assert.StartsWith("db ", Assert.Single(rig.AllOut()));
        rig.Pass(Web1, Plain(MacAddress.Parse("01:00:0c:cc:cc:cd"), A));
        Assert.Equal(1, rig.Drops()["no-destination"]);
    }

    [Fact]
    public void Configured_groups_need_no_report()
    {
        SwitchPlan plan = Selective().With(0, blue => blue with
        {
            Multicast = blue.Multicast with
            {
                Static = [new StaticGroupPlan(Address(Group), Address("10.0.0.1"), Web2, null), new StaticGroupPlan(Address(Group), null, -1, Address("192.0.2.3"))],
                RouterPorts = [Trunk],
            },
        });
        using var rig = new SwitchRig(plan);
        rig.Pass(Web1, Data);
        Assert.Equal(["web2", "trunk", "up0"], rig.AllOut().Select(line => line.Split(' ')[0]));
        rig.Pass(Web1, DataFrames.Udp("10.0.0.2", Group));
        Assert.Equal(["trunk", "up0"], rig.AllOut().Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void More_replicas_than_there_are_buffers_are_all_sent()
    {
        const int Ports = 600;
        SwitchPlan plan = Snooping();
        PortPlan access = plan.Ports[Web1];
        plan = plan with
        {
            PoolBuffers = 512,
            Ports = [.. plan.Ports, .. Enumerable.Range(0, Ports).Select(port => access with { Name = $"x{port}", Multicast = new PortMulticastPlan { MaxGroups = 1 } })],
            Segments = [plan.Segments[0] with { Peers = [.. Enumerable.Range(1, 700).Select(peer => new TunnelAddress(new IPv4Address(0x0A800000 + (uint)peer)))] }, plan.Segments[1]],
            Vteps = [plan.Vteps[0] with { Address = new TunnelAddress(new IPv4Address(0x0A800FFE)), PrefixLength = 16, StaticNeighbors = Enumerable.Range(1, 700).ToDictionary(peer => new TunnelAddress(new IPv4Address(0x0A800000 + (uint)peer)), _ => PeerMac) }],
        };
        using var rig = new SwitchRig(plan);
        for (int port = 0; port < Ports; port++)
        {
            rig.Pass(plan.Ports.Count - Ports + port, ControlFrames.V2(IgmpType.ReportV2, Group));
        }

        rig.Pass(Web1, Data);
        Assert.Equal(700, rig.Out(Up0).Count);
        Assert.All(Enumerable.Range(0, Ports), port => Assert.Equal(Data, Assert.Single(rig.Out(plan.Ports.Count - Ports + port))));
        Assert.Empty(rig.Drops());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Any_number_of_workers_gives_listeners_the_same(int workers)
    {
        using var one = new SwitchRig(Querying());
        using var many = new SwitchRig(Querying() with { Workers = workers });
        (int Port, byte[] Frame)[] frames =
        [
            (Web2, ControlFrames.V2(IgmpType.ReportV2, Group)),
            (Trunk, Tagged(ControlFrames.ReportV3(GroupRecordType.AllowNewSources, Group, 3, "10.0.0.1"), 10)),
            (Up0, FromPeer(ControlFrames.V2(IgmpType.ReportV2, Group))),
            (Db, ControlFrames.V2(IgmpType.ReportV2, Routed)),
            .. Enumerable.Range(1, 20).Select(source => (Web1, DataFrames.Udp($"10.0.0.{source}", Group))),
            .. Enumerable.Range(1, 20).Select(source => (Up0, FromPeer(DataFrames.Udp($"10.0.1.{source}", Group)))),
            (Web1, DataFrames.Udp("10.0.0.1", Routed)),
            (Web2, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2")),
        ];
        foreach ((int port, byte[] frame) in frames)
        {
            one.Wait(TimeSpan.FromTicks(1)).Pass(port, frame);
            many.Wait(TimeSpan.FromTicks(1)).Pass(port, frame);
            Assert.Equal(one.AllOut(), many.AllOut());
        }

        Assert.Equal(one.Switch.Snapshot().Multicast!.Counters, many.Switch.Snapshot().Multicast!.Counters);
    }

    [Fact]
    public void Books_close_and_no_buffer_is_lost_when_buffers_run_short()
    {
        for (int buffers = 1; buffers < 12; buffers++)
        {
            using var rig = new SwitchRig(Snooping() with { PoolBuffers = buffers });
            for (int round = 0; round < 20; round++)
            {
                rig.Send(Web2, ControlFrames.V2(IgmpType.ReportV2, Group)).Send(Trunk, Tagged(ControlFrames.V2(IgmpType.ReportV2, Group), 10));
                rig.Send(Web1, Data).Send(Web1, Plain(B, A)).Send(Db, DataFrames.Udp("10.0.0.1", Routed)).Run();
            }

            rig.Switch.Stop();
            Assert.Equal(buffers, rig.Run().Switch.BuffersAvailable);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void A_hundred_thousand_frames_with_joins_leaves_ageing_and_routes_allocate_nothing()
    {
        using var rig = new SwitchRig(Querying() with { Multicast = Querying().Multicast with { Flows = 8 } });
        (int Port, byte[] Frame)[] frames =
        [
            .. Enumerable.Range(0, 20).Select(group => (Web2, ControlFrames.V2(IgmpType.ReportV2, $"239.1.1.{group}"))),
            .. Enumerable.Range(0, 20).Select(group => (Trunk, Tagged(ControlFrames.ReportV3(GroupRecordType.AllowNewSources, $"239.1.1.{group}", 1, "10.0.0.1"), 10))),
            .. Enumerable.Range(0, 40).Select(twice => (Web1, DataFrames.Udp("10.0.0.1", $"239.1.1.{twice / 2}"))),
            (Db, ControlFrames.V2(IgmpType.ReportV2, Routed)),
            (Web1, DataFrames.Udp("10.0.0.1", Routed)),
            (Up0, FromPeer(ControlFrames.V2(IgmpType.ReportV2, Group))),
            (Web2, ControlFrames.V2(IgmpType.LeaveGroup, Group, "224.0.0.2")),
        ];
        byte[] buffer = new byte[9000];
        Timestamp now = rig.Now;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                (int port, byte[] frame) = frames[i % frames.Length];
                rig.Link(port).Right.TrySend(frame, now);
                now += TimeSpan.FromMilliseconds(20);
                rig.Switch.RunOnce(now);
                for (int far = 0; far <= Up0; far++)
                {
                    while (rig.Link(far).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        }));
        Assert.True(rig.Switch.Totals.Balanced);
        Assert.True(rig.Switch.Snapshot().Multicast!.Counters is { Evicted: > 0, FastPath: > 0, QueriesSent: > 10 });
    }

    [Fact]
    public void A_trace_shows_the_recorded_program_and_the_way_of_each_replica()
    {
        using var rig = new SwitchRig(Selective());
        rig.Pass(Trunk, Tagged(ControlFrames.V2(IgmpType.ReportV2, Group), 10)).Pass(Up0, FromPeer(ControlFrames.V2(IgmpType.ReportV2, Group)));
        PacketTrace trace = PacketTracer.Trace(rig.Switch.Plan, "web1", Data, rig.Switch.Snapshot());
        Assert.Equal(
            [
                "segment blue: 10.0.0.1 to 239.1.1.1, recorded for all sources:",
                "  vlan 10",
                "  output port trunk",
                "  output peer 192.0.2.2",
                "replica to port trunk, changed",
                "replica to peer 192.0.2.2",
            ],
            trace.Lines.Where(line => line.Stage == "multicast").Select(line => line.Text).Order(Comparer<string>.Create((left, right) => left.StartsWith("replica", StringComparison.Ordinal).CompareTo(right.StartsWith("replica", StringComparison.Ordinal)))));
        Assert.Equal("VERDICT forwarded trunk, up0", trace.Verdict);

        PacketTrace report = PacketTracer.Trace(Snooping(), "web1", ControlFrames.V2(IgmpType.ReportV2, Group));
        Assert.Equal("VERDICT consumed (segment blue: a message of IGMP, learned from; no router is known that would want to hear it)", report.Verdict);
        PacketTrace refused = PacketTracer.Trace(Snooping(), "web1", ControlFrames.Igmp("1600f9fcef010101", Group, ttl: 64));
        Assert.Equal("VERDICT dropped by multicast: multicast-ttl (segment blue: the message's TTL or hop limit is not 1)", refused.Verdict);
    }
}
