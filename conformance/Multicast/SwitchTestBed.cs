using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>
/// Two segments: 0 with ports 0, 1 (VLAN 10), 2 and tunnel endpoints 4 and 5 (own subnet), 6 and 7 (another); 1 with port 1 (VLAN 20), 3 and
/// tunnel endpoint 4. Port 8 stands for the underlay's group.
/// </summary>
internal sealed class SwitchTestBed : IDisposable
{
    public const int PortCount = 9;
    public static readonly MacAddress RouterMac = new(0x0200_0000_00AA);

    public SwitchTestBed(UnregisteredPolicy policy = UnregisteredPolicy.RouterPortsOnly, int flows = 64, int blocks = 256, IReadOnlyList<int>? maxFrameBytes = null)
    {
        Switch = new MulticastSwitch(new MulticastSwitchOptions
        {
            Snooping = new SnoopingOptions
            {
                Ports = [.. Enumerable.Range(0, PortCount).Select(port => new SnoopingPortOptions { FastLeave = port == 2 ? FastLeave.SingleHost : FastLeave.Never })],
                Segments = [new SnoopingSegmentOptions { Unregistered = policy }, new SnoopingSegmentOptions { Unregistered = policy }],
                Seed = SnooperTestBed.Seed,
            },
            Segments = [First(), Second()],
            MaxFrameBytes = maxFrameBytes ?? [],
            FlowCapacity = flows,
            ActionBlocks = blocks,
        });
    }

    public MulticastSwitch Switch { get; }

    public double Now { get; set; }

    public static MulticastSegmentOptions First(ReplicationMode mode = ReplicationMode.HeadEnd, bool selective = false, int withoutVtep = -1) => new()
    {
        Members =
        [
            new SegmentMember { Port = 0 },
            new SegmentMember { Port = 1, Vlan = 10 },
            new SegmentMember { Port = 2 },
            .. new int[] { 4, 5, 6, 7 }.Where(vtep => vtep != withoutVtep).Select(vtep => new SegmentMember { Port = vtep, IsVtep = true, Subnet = (byte)(vtep / 6) }),
        ],
        Replication = mode,
        SelectiveVteps = selective,
        UnderlayGroupPort = 8,
        RouterMac = RouterMac,
    };

    public static MulticastSegmentOptions Second() => new()
    {
        Members = [new SegmentMember { Port = 1, Vlan = 20 }, new SegmentMember { Port = 3 }, new SegmentMember { Port = 4, IsVtep = true }],
        RouterMac = RouterMac,
    };

    public MulticastOutcome Send<TSink>(int segment, int port, byte[] frame, ref TSink sink, bool marked = false)
        where TSink : struct, IReplicaSink
    {
        Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
        byte[] before = [.. frame];
        MulticastOutcome outcome = Switch.Process(segment, port, frame, layout, marked, Timestamp.FromSeconds(Now), ref sink);
        Assert.Equal(before, frame);
        return outcome;
    }

    public List<(ReplicaTarget Target, byte[] Frame)> Send(int segment, int port, byte[] frame, bool marked = false, bool scatter = false)
    {
        var sink = new DataFrames.Sink(scatter);
        _ = Send(segment, port, frame, ref sink, marked);
        return sink.Replicas;
    }

    public int[] Ports(int segment, int port, byte[] frame, bool marked = false) => [.. Send(segment, port, frame, marked).Select(replica => replica.Target.Port)];

    public void Join(int segment, int port, string group) => _ = Send(segment, port, ControlFrames.V2(IgmpType.ReportV2, group));

    public void WaitUntil(double seconds)
    {
        var queries = default(DataFrames.NoQueries);
        while (Switch.Snooper.NextWork <= Timestamp.FromSeconds(seconds))
        {
            _ = Switch.Snooper.Advance(Switch.Snooper.NextWork, ref queries);
        }

        Now = seconds;
        Switch.Advance(Timestamp.FromSeconds(seconds), ref queries, budget: 1024);
    }

    public void Dispose() => Switch.Dispose();
}
