using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Workers;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.HostTests.WorkerFrames;

namespace Weft.Conformance.HostTests;

/// <summary>Where packets meet a stage: a stage says which worker they must be at, and one that says nothing is safe.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class StagePlacementTests
{
    private const int Workers = 4;
    private const int Flows = 50;

    [Fact]
    public void Both_directions_of_a_flow_meet_a_stage_with_state_by_flow_at_one_worker()
    {
        int[] worker = [.. Enumerable.Range(0, Flows).Select(flow => Assert.Single(Meet(StagePlacement.Flow, Udp(B, A, (ushort)flow, 0), Reversed((ushort)flow)).Distinct()))];
        Assert.Equal([0, 1, 2, 3], worker.Distinct().Order());
    }

    [Fact]
    public void A_stage_that_says_nothing_has_all_packets_at_the_first_worker() =>
        Assert.Equal([0], Enumerable.Range(0, Flows).SelectMany(flow => Meet(((IGraphStage)new Silent()).Placement, Udp(B, A, (ushort)flow, 0))).Distinct());

    [Fact]
    public void A_stage_without_state_has_packets_where_they_are() =>
        Assert.Equal([2], Enumerable.Range(0, Flows).SelectMany(flow => Meet(StagePlacement.Anywhere, Udp(B, A, (ushort)flow, 0))).Distinct());

    private static byte[] Reversed(ushort flow)
    {
        byte[] frame = Udp(A, B, flow, 0);
        IPv4Address.Parse("10.0.0.2").Write(frame.AsSpan(26));
        IPv4Address.Parse("10.0.0.1").Write(frame.AsSpan(30));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), 9);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), flow);
        FixHeaderChecksum(frame);
        return frame;
    }

    /// <summary>The workers at which frames that are at worker 2 meet a stage.</summary>
    private static List<int> Meet(StagePlacement placement, params byte[][] frames)
    {
        const int Here = 2;
        PacketPool[] pools = PacketPool.CreateGroup(new PacketPoolOptions { Buffers = 64 }, Workers);
        var exchange = new WorkerExchange(Workers, poolBuffers: 1024);
        var link = new WorkerLink(exchange, Here);
        var vector = new PacketVector(pools[Here], new SwitchLedger(5), ports: 5) { Link = link };
        var inner = new Counting(placement);
        IGraphStage stage = PlacedStage.Of(inner, link, new WorkerSteering(Resolved() with { Workers = Workers }));
        var met = new List<int>();
        foreach (byte[] frame in frames)
        {
            Assert.True(pools[Here].TryRent(out Packet packet));
            Assert.True(pools[Here].TrySetLength(ref packet, frame.Length));
            frame.CopyTo(pools[Here].Bytes(packet));
            vector.Begin([packet], ingress: 0, Timestamp.Zero);
            ushort slot = vector.TakeAll(StageId.Ingress)[0];
            Assert.True(PacketLayout.TryParse(vector.Bytes(slot), out vector[slot].Layout));
            int before = inner.Met;
            stage.Process(vector, [slot]);
            met.Add(inner.Met > before ? Here : Enumerable.Range(0, Workers).Single(to => to != Here && exchange.Packets(Here, to).TryTake(out HandedPacket handed) && handed.Stage == inner.Id));
        }

        Array.ForEach(pools, pool => pool.Dispose());
        return met;
    }

    private sealed class Counting(StagePlacement placement) : IGraphStage
    {
        public int Met { get; private set; }

        public StageId Id => StageId.Bridge;

        public StagePlacement Placement => placement;

        public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
        {
            Met += slots.Length;
            vector.Consume(slots[0]);
        }
    }

    private sealed class Silent : IGraphStage
    {
        public StageId Id => StageId.Bridge;

        public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
        {
        }
    }
}
