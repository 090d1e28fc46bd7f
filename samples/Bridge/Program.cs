using Weft.Bridge;
using Weft.Packets;
using Weft.Samples.Bridge;

// Two local ports in VLAN 10, one of them a trunk, and a remote tunnel endpoint that shares the segment.
using var bridge = new LearningBridge(new LearningBridgeOptions
{
    Ports = [new BridgePortOptions { Pvid = 10 }, new BridgePortOptions { TaggedVlans = [10] }],
    Segments = [new BridgeSegmentOptions { Vlan = 10, Vteps = [0], SuppressArp = true }],
    VtepCount = 1,
    Seed = new HashSeed(1, 2), // in production HashSeed.CreateRandom()
});
MacAddress web = MacAddress.Parse("02:00:00:00:00:01");
MacAddress database = MacAddress.Parse("02:00:00:00:00:02");

// The web server asks for the database: nobody knows it yet, so everybody in the segment is asked.
Show("who has the database?", FromPort(0, Frames.ArpRequest(web, "10.0.0.1", "10.0.0.2")));

// The answer comes through the tunnel. The bridge learns where the database is, and which address it has.
Show("the database answers", FromTunnel(0, Frames.ArpReply(database, "10.0.0.2", web, "10.0.0.1")));

// Now frames go straight to it, and the next question is answered here instead of being flooded.
Show("a frame to the database", FromPort(0, Frames.Data(web, database)));
Show("who has the database?", FromPort(0, Frames.ArpRequest(web, "10.0.0.1", "10.0.0.2")));
Show("a frame with a VLAN tag of nobody's", FromPort(0, Frames.Data(web, database, vlan: 30)));

BridgeDecision FromPort(int port, byte[] frame)
{
    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
    return bridge.Decide(frame, layout, port, Timestamp.Zero);
}

BridgeDecision FromTunnel(int vtep, byte[] frame)
{
    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
    return bridge.DecideFromTunnel(frame, layout, vtep, vlan: 10, Timestamp.Zero);
}

void Show(string what, BridgeDecision decision)
{
    string result = decision.Action switch
    {
        BridgeAction.Drop => $"dropped, {decision.Reason}",
        BridgeAction.Forward => $"to {decision.Output.Where}",
        BridgeAction.Answer => $"answered in the name of {decision.AnswerMac}",
        _ => "flooded to",
    };
    Console.Write($"{what}: {result}");
    var printer = default(OutputPrinter);
    _ = bridge.Flood(decision, ref printer);
    Console.WriteLine();
}
