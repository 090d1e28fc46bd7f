using Weft.Conformance.Support;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

public sealed class FlowCacheTests
{
    private const string Group = "239.1.1.1";

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Sources_share_a_program_until_the_slow_path_looks_at_them()
    {
        using var bed = new SwitchTestBed();
        bed.Join(0, 1, Group);
        for (int source = 1; source <= 100; source++)
        {
            _ = bed.Send(0, 0, DataFrames.Udp($"10.0.0.{source}", Group));
        }

        Assert.Equal((1, 1L, 99L), (bed.Switch.FlowCount, bed.Switch.Counters.SlowPath, bed.Switch.Counters.FastPath));
        _ = bed.Send(0, 2, ControlFrames.ReportV3(GroupRecordType.AllowNewSources, Group, 2, "10.0.0.7"));
        _ = bed.Send(0, 0, DataFrames.Udp("10.0.0.7", Group));
        _ = bed.Send(0, 0, DataFrames.Udp("10.0.0.8", Group));
        Assert.Equal(2, bed.Switch.FlowCount);
        Assert.All(bed.Switch.Flows(), flow => Assert.NotNull(flow.Source));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc3376_Section6_3_A_source_whose_time_is_up_is_blocked_from_the_next_frame_on()
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetSegment(0, SwitchTestBed.First(selective: true));
        _ = bed.Send(0, 1, ControlFrames.ReportV3(GroupRecordType.ModeIsExclude, Group, 1));
        _ = bed.Send(0, 1, ControlFrames.ReportV3(GroupRecordType.ModeIsExclude, Group, 1, "10.0.0.1"));
        bed.WaitUntil(200);
        _ = bed.Send(0, 1, ControlFrames.ReportV3(GroupRecordType.ModeIsExclude, Group, 1, "10.0.0.1"));
        Assert.Equal([1], bed.Ports(0, 0, DataFrames.Udp("10.0.0.1", Group)));
        bed.WaitUntil(261);
        Assert.Empty(bed.Ports(0, 0, DataFrames.Udp("10.0.0.1", Group)));
        Assert.Equal([1], bed.Ports(0, 0, DataFrames.Udp("10.0.0.2", Group)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_program_reads_as_the_tree_that_it_is()
    {
        using var bed = new SwitchTestBed();
        bed.Switch.SetSegment(0, SwitchTestBed.First(ReplicationMode.TwoTier));
        bed.Switch.SetRoute(new MulticastRoute { Group = MulticastAddress.Parse(Group), Incoming = 0, Outgoing = [1] });
        bed.Join(0, 1, Group);
        bed.Join(1, 1, Group);
        bed.Join(1, 3, Group);
        _ = bed.Send(0, 0, DataFrames.Udp("10.0.0.1", Group));
        FlowSnapshot flow = Assert.Single(bed.Switch.Flows());
        Assert.Equal(
            [
                "vlan 10", "output 1", "output 4", "output 5", "mark to replicate in its subnet", "output 6",
                "source 02:00:00:00:00:aa", "ttl - 1 if above 1", "branch", "  vlan 20", "  output 1", "  output 3", "  output 4",
            ],
            flow.Actions);
        Assert.True(flow.IsCurrent);
        bed.Join(1, 3, "239.9.9.9");
        Assert.True(bed.Switch.Flows()[0].IsCurrent); // another group's join is none of its business
        bed.Switch.SetPortUp(3, false);
        Assert.False(bed.Switch.Flows()[0].IsCurrent);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_port_that_invents_flows_loses_its_own()
    {
        using var bed = new SwitchTestBed(flows: 16);
        bed.Join(0, 1, Group);
        _ = bed.Send(0, 2, DataFrames.Udp("10.0.0.1", Group));
        for (int group = 0; group < 1000; group++)
        {
            _ = bed.Send(0, 0, DataFrames.Udp("10.0.0.66", $"239.7.{group >> 8}.{group & 0xFF}"));
        }

        long slow = bed.Switch.Counters.SlowPath;
        _ = bed.Send(0, 2, DataFrames.Udp("10.0.0.1", Group));
        Assert.Equal(slow, bed.Switch.Counters.SlowPath);
        Assert.True(bed.Switch.Counters.Evicted > 900);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_source_that_invents_flows_loses_its_own_and_not_those_of_others_behind_the_same_port()
    {
        using var bed = new SwitchTestBed(flows: 64);
        string[] quiet = [.. Enumerable.Range(1, 8).Select(group => $"239.8.8.{group}")];
        foreach (string group in quiet)
        {
            _ = bed.Send(0, 0, DataFrames.Udp("10.0.0.1", group));
        }

        for (int group = 0; group < 1000; group++)
        {
            _ = bed.Send(0, 0, DataFrames.Udp("10.0.0.66", $"239.7.{group >> 8}.{group & 0xFF}"));
        }

        Assert.Equal(quiet, bed.Switch.Flows().Select(flow => MulticastAddress.Format(flow.Group)).Where(quiet.Contains).Order(StringComparer.Ordinal));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_finds_no_room_is_still_replicated()
    {
        using var bed = new SwitchTestBed(blocks: 1);
        string[] groups = ["239.1.1.1", "239.1.1.2", "239.1.1.3"];
        foreach (string group in groups.Concat(groups))
        {
            bed.Join(0, 1, group);
            Assert.Contains(1, bed.Ports(0, 0, DataFrames.Udp("10.0.0.1", group)));
        }

        Assert.True(bed.Switch.Counters.Uncached > 0);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_fan_out_of_4096_delivers_4096()
    {
        const int Ports = 4096;
        using var engine = new MulticastSwitch(new MulticastSwitchOptions
        {
            Snooping = new SnoopingOptions
            {
                Ports = [.. Enumerable.Range(0, Ports).Select(_ => new SnoopingPortOptions { MaxGroups = 1, MaxSources = 0 })],
                Segments = [new SnoopingSegmentOptions { Unregistered = UnregisteredPolicy.Flood }],
                Seed = SnooperTestBed.Seed,
            },
            Segments = [new MulticastSegmentOptions { Members = [.. Enumerable.Range(0, Ports).Select(port => new SegmentMember { Port = port })] }],
        });
        byte[] frame = DataFrames.Udp("10.0.0.1", Group);
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        for (int round = 0; round < 2; round++)
        {
            var sink = new DataFrames.Sink(scatter: false);
            _ = engine.Process(0, 0, frame, layout, false, Timestamp.Zero, ref sink);
            Assert.Equal(Enumerable.Range(1, Ports - 1), sink.Replicas.Select(replica => replica.Target.Port));
        }

        Assert.Equal(1, engine.Counters.FastPath);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_port_without_room_loses_its_own_replica_only()
    {
        using var bed = new SwitchTestBed(maxFrameBytes: [9000, 9000, 100, 9000, 9000, 9000, 9000, 9000, 9000]);
        bed.Join(0, 1, Group);
        bed.Join(0, 2, Group);
        for (int round = 0; round < 2; round++)
        {
            var sink = new DataFrames.Sink(scatter: false, refuse: 5);
            _ = bed.Send(0, 0, DataFrames.Udp("10.0.0.1", Group, payload: 500), ref sink);
            Assert.Equal([1, 4, 6, 7], sink.Replicas.Select(replica => replica.Target.Port));
        }

        Assert.Equal((2L, 2L, 8L), (bed.Switch.Counters.TooLong, bed.Switch.Counters.SinkFull, bed.Switch.Counters.Replicas));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Everything_is_given_back_when_all_is_idle()
    {
        using var bed = new SwitchTestBed();
        for (int group = 0; group < 50; group++)
        {
            bed.Join(0, 1, $"239.1.1.{group}");
            _ = bed.Send(0, 0, DataFrames.Udp("10.0.0.1", $"239.1.1.{group}"));
        }

        bed.WaitUntil(300);
        Assert.Equal((0, 0, 50L), (bed.Switch.FlowCount, bed.Switch.Snooper.GroupCount, bed.Switch.Counters.Idle));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Nothing_is_allocated_for_frames_recording_eviction_and_replay()
    {
        using var bed = new SwitchTestBed(flows: 32, blocks: 40);
        byte[][] frames =
        [
            .. Enumerable.Range(0, 100).Select(group => DataFrames.Udp("10.0.0.1", $"239.1.1.{group}")),
            .. Enumerable.Range(0, 20).Select(group => ControlFrames.V2(IgmpType.ReportV2, $"239.1.1.{group}")),
        ];
        var sink = new Discard(new byte[2048]);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int round = 0; round < 500; round++)
            {
                foreach (byte[] frame in frames)
                {
                    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                    _ = bed.Switch.Process(0, round & 1, frame, layout, false, Timestamp.Zero, ref sink);
                    _ = bed.Switch.Process(0, round & 1, frame, layout, false, Timestamp.Zero, ref sink);
                }
            }
        }));
        Assert.True(bed.Switch.Counters.Evicted > 0 && bed.Switch.Counters.FastPath > 0);
    }

    private readonly struct Discard(byte[] room) : IReplicaSink
    {
        public bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> space)
        {
            space = room;
            return true;
        }

        public void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload)
        {
        }
    }
}
