using Weft.Multicast;
using Weft.Packets;
using Weft.Samples.Multicast;

// One segment with three ports, the second of them a trunk. Only those who ask get data.
using var engine = new MulticastSwitch(new MulticastSwitchOptions
{
    Snooping = new SnoopingOptions
    {
        Ports = [new SnoopingPortOptions(), new SnoopingPortOptions(), new SnoopingPortOptions()],
        Segments = [new SnoopingSegmentOptions { Unregistered = UnregisteredPolicy.RouterPortsOnly }],
        Seed = new HashSeed(1, 2), // in production HashSeed.CreateRandom()
    },
    Segments =
    [
        new MulticastSegmentOptions
        {
            Members = [new SegmentMember { Port = 0 }, new SegmentMember { Port = 1, Vlan = 10 }, new SegmentMember { Port = 2 }],
        },
    ],
});

Send("data before anybody joined:", port: 0, Frames.Data("10.0.0.1", "239.1.1.1"));
Send("port 1 joins:", port: 1, Frames.Join("239.1.1.1"));
Send("data, which the slow path records:", port: 0, Frames.Data("10.0.0.1", "239.1.1.1"));
Send("data of another source, replayed:", port: 0, Frames.Data("10.0.0.9", "239.1.1.1"));

// A join is in force for the very next frame, because it makes the record stale.
Send("port 2 joins:", port: 2, Frames.Join("239.1.1.1"));
Send("data, recorded anew:", port: 0, Frames.Data("10.0.0.1", "239.1.1.1"));

foreach (FlowSnapshot flow in engine.Flows())
{
    Console.WriteLine($"{MulticastAddress.Format(flow.Group)} from port {flow.Ingress}, any source: {string.Join(", ", flow.Actions)}");
}

void Send(string what, int port, byte[] frame)
{
    Console.Write(what);
    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
    var sink = default(PrintingSink);
    MulticastOutcome outcome = engine.Process(segment: 0, port, frame, layout, replicateLocally: false, Timestamp.Zero, ref sink);
    Console.WriteLine($" ({outcome})");
}
