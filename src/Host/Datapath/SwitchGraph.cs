using System.Diagnostics;
using Weft.Bridge;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Stages;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>
/// The graph:
/// <code>
/// underlay ports ─► ingress ─► decap ─┬─► bridge ─► egress ─┬─────────────► transmit ─► ports
///                                     │     ▲               │                ▲  ▲
/// access ports ───► ingress ──────────┼─────┘               └─► encap ───────┘  │
///                                     │                           ▲             │
///                                     └─► endpoint ──(had waited)─┘             │
///                                             └────────────(answers)────────────┘
/// </code>
/// With protected peers, <c>open</c> stands between ingress and decap of underlay ports, and <c>seal</c> between encap and transmit: what
/// is cut is cut before it is sealed, and what is put together was authenticated before. With sensors, <c>ids</c> stands between bridge and
/// egress: a verdict is there before copies are.
/// Stages are called in the order of <see cref="StageId"/>, each once with everything that waits for it, until nothing does.
/// </summary>
internal sealed class SwitchGraph
{
    /// <summary>One vector in this many is measured: reading the clock around each stage would cost as much as a small stage.</summary>
    public const int MeasureEvery = 32;

    private readonly IGraphStage[] _stages;
    private readonly StageMeter[] _meters;
    private readonly PacketVector _vector;
    private int _untilMeasured = MeasureEvery;

    public SwitchGraph(PacketVector vector, SwitchTopology topology, LearningBridge bridge, UnderlayNeighbors neighbors, TunnelEngines tunnels, SecurityAssociations security, BridgeNodeDriver? node, BridgeObserver observer, IntrusionSensors sensors, IPort[] ports)
    {
        _vector = vector;
        _stages =
        [
            new IngressStage(topology),
            new OpenStage(topology, security),
            new DecapStage(topology, tunnels, security),
            new EndpointStage(topology, neighbors, tunnels.PathMtus, node),
            new BridgeStage(topology, bridge, node, observer, next: sensors.Any ? StageId.Ids : StageId.Egress),
            new IdsStage(topology, sensors),
            new EgressStage(topology, bridge),
            new EncapStage(topology, tunnels, neighbors, security),
            new SealStage(topology, security),
            new TransmitStage(topology, ports),
        ];
        Debug.Assert(_stages.Index().All(stage => stage.Item.Id == (StageId)stage.Index), "Stages stand in the order of their numbers.");
        _meters = new StageMeter[_stages.Length];
    }

    /// <summary>What each stage has done.</summary>
    public ReadOnlySpan<StageMeter> Meters => _meters;

    /// <summary>Takes everything in the vector to its end.</summary>
    public void Run()
    {
        bool measured = --_untilMeasured < 0;
        if (measured)
        {
            _untilMeasured = MeasureEvery - 1;
        }

        do
        {
            for (int stage = 0; stage < _stages.Length; stage++)
            {
                int waiting = Waiting(stage);
                if (waiting > 0)
                {
                    Call(stage, waiting, measured);
                }
            }
        }
        while (AnythingWaits());
    }

    /// <summary>Continues the counts of the graph that this one replaces.</summary>
    public void CarryOver(SwitchGraph old) => old._meters.CopyTo(_meters, 0);

    private void Call(int stage, int waiting, bool measured)
    {
        bool sends = stage == (int)StageId.Transmit;
        // Lengths are read before the stage works: it may change, hand on or release the packets.
        long bytes = sends ? _vector.WaitingBytesToSend : _vector.WaitingBytes((StageId)stage);
        long start = measured ? Stopwatch.GetTimestamp() : 0;
        _stages[stage].Process(_vector, _vector.TakeAll((StageId)stage));
        // What the stage put back for want of room is counted when it is taken again.
        int done = waiting - (sends ? 0 : _vector.Waiting((StageId)stage));
        ref StageMeter meter = ref _meters[stage];
        meter.Calls++;
        meter.Packets += done;
        meter.Bytes += bytes - (sends ? 0 : _vector.WaitingBytes((StageId)stage));
        if (measured)
        {
            meter.MeasuredNanoseconds += (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            meter.MeasuredPackets += done;
        }
    }

    private int Waiting(int stage) => stage == (int)StageId.Transmit ? _vector.WaitingToSend : _vector.Waiting((StageId)stage);

    private bool AnythingWaits()
    {
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            if (Waiting(stage) > 0)
            {
                return true;
            }
        }

        return false;
    }
}
