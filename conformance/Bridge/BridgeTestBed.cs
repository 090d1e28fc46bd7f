using Weft.Bridge;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>A small bridge and frames for it.</summary>
internal static class BridgeTestBed
{
    public const int AccessTen = 0;
    public const int AccessTenLimited = 1;
    public const int TrunkNativeTwenty = 2;
    public const int TrunkTagged = 3;
    public const int MacLimit = 2;
    public const int SegmentLimit = 3;

    public static readonly HashSeed Seed = new(3, 4);

    /// <summary>
    /// VLANs 10 (tunnel endpoints 0 and 1), 20 (endpoint 1, learns three addresses at most) and 30 (local, unknown unicast is
    /// dropped) on two access ports, a trunk with native VLAN 20 and a trunk without.
    /// </summary>
    public static LearningBridgeOptions Options { get; } = new()
    {
        Ports =
        [
            new BridgePortOptions { Pvid = 10 },
            new BridgePortOptions { Pvid = 10, MaxLearned = MacLimit },
            new BridgePortOptions { Pvid = 20, TaggedVlans = [10, 30] },
            new BridgePortOptions { TaggedVlans = [20, 30, 40] },
        ],
        Segments =
        [
            new BridgeSegmentOptions { Vlan = 10, Vteps = [0, 1] },
            new BridgeSegmentOptions { Vlan = 20, Vteps = [1], MaxLearned = SegmentLimit, Ageing = TimeSpan.FromSeconds(20) },
            new BridgeSegmentOptions { Vlan = 30, FloodUnknown = false },
        ],
        VtepCount = 2,
        MacCapacity = 64,
        BindingCapacity = 64,
        Seed = Seed,
    };

    public static MacAddress Mac(int number) => new(0x0200_0000_0000 + (ulong)number);

    public static byte[] Frame(MacAddress destination, MacAddress source, int? tci = null, int payloadBytes = 46)
    {
        var header = new EthernetHeader
        {
            Destination = destination,
            Source = source,
            Tag = tci is int value ? new VlanTci((ushort)value) : null,
            EtherType = EtherType.Experimental1,
        };
        byte[] frame = new byte[header.Length + payloadBytes];
        _ = header.Write(frame);
        return frame;
    }

    public static BridgeDecision Decide(LearningBridge bridge, byte[] frame, BridgeLocation from, ushort tunnelVlan, Timestamp now)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return from.IsVtep ? bridge.DecideFromTunnel(frame, layout, from.Index, tunnelVlan, now) : bridge.Decide(frame, layout, from.Index, now);
    }

    /// <summary>All places a decision sends to, in order, each with the tag that the copy has there: -1 for none.</summary>
    public static List<(BridgeLocation Where, int Tci)> Outputs(LearningBridge bridge, in BridgeDecision decision, byte[] frame)
    {
        var sink = new ListSink([]);
        if (decision.Action == BridgeAction.Forward)
        {
            sink.Output(decision.Output);
        }
        else if (decision.Action == BridgeAction.Flood)
        {
            int copies = bridge.Flood(decision, ref sink);
            Assert.Equal(copies, sink.Outputs.Count);
            Assert.Equal(Enumerable.Range(1, copies).Select(copy => copy == copies), sink.Outputs.Select(output => output.IsLast));
        }

        return [.. sink.Outputs.Select(output => (output.Where, TciAfter(output.Rewrite, frame)))];
    }

    /// <summary>Applies a rewrite to a copy in a roomy buffer.</summary>
    public static byte[] Apply(VlanRewrite rewrite, byte[] frame)
    {
        byte[] buffer = new byte[frame.Length + 64];
        Array.Fill<byte>(buffer, 0xEE);
        frame.CopyTo(buffer, 16);
        (int offset, int length) = (16, frame.Length);
        Assert.True(rewrite.TryApply(buffer, ref offset, ref length));
        return buffer[offset..(offset + length)];
    }

    private static int TciAfter(VlanRewrite rewrite, byte[] frame)
    {
        byte[] after = Apply(rewrite, frame);
        return after[12] == 0x81 ? (after[14] << 8) | after[15] : -1;
    }

    private readonly struct ListSink(List<BridgeOutput> outputs) : IBridgeSink
    {
        public List<BridgeOutput> Outputs { get; } = outputs;

        public void Output(in BridgeOutput output) => Outputs.Add(output);
    }
}
