using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Observe;
using Weft.Host.Stages;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>Everything that is built for one configuration: engines, stages, graph and books. A new configuration gets a new core.</summary>
internal sealed class SwitchCore : IDisposable
{
    /// <summary>Most frames that wait for next hops.</summary>
    private const int MaxHeldFrames = 256;

    private readonly Packet[] _burst = new Packet[PacketVector.MaxBurst];
    private readonly PacketPool _pool;
    private readonly PortWatch _portWatch;
    private LearningTotals _learned = new();

    public SwitchCore(SwitchPlan plan, IPort[] ports, PacketPool pool, HashSeed seed, SecurityAssociations security, Timestamp start, EventLog events, TraceRecorder? trace = null, uint epoch = 0)
    {
        (Plan, Ports, _pool, Security) = (plan, ports, pool, security);
        Topology = new SwitchTopology(plan);
        Ledger = new SwitchLedger(ports.Length);
        _portWatch = new PortWatch(plan, ports, events);
        Vector = new PacketVector(pool, Ledger, ports.Length) { Trace = trace };
        Bridge = new LearningBridge(BridgeOptionsFactory.Create(Topology, seed, start));
        Neighbors = new UnderlayNeighbors(Topology, Math.Min(MaxHeldFrames, pool.Capacity / 4));
        Tunnels = new TunnelEngines(Topology, security, seed, start);
        // A trace runs in a twin, which must not speak for the switch.
        Node = plan.Bridges.Count > 0 && trace is null ? new BridgeNodeDriver(Topology, Bridge, Neighbors, ports, seed, start, epoch, events) : null;
        Sensors = new IntrusionSensors(plan, seed, start, events, isTwin: trace is not null);
        Graph = new SwitchGraph(Vector, Topology, Bridge, Neighbors, Tunnels, security, Node, new BridgeObserver(Topology, events, start), Sensors, ports);
    }

    public SwitchPlan Plan { get; }

    public IPort[] Ports { get; }

    public SwitchTopology Topology { get; }

    public SwitchLedger Ledger { get; }

    public PacketVector Vector { get; }

    public LearningBridge Bridge { get; }

    public UnderlayNeighbors Neighbors { get; }

    public TunnelEngines Tunnels { get; }

    public SecurityAssociations Security { get; }

    /// <summary>The bridge node, if one is configured.</summary>
    public BridgeNodeDriver? Node { get; }

    /// <summary>Sensors of intrusion detection.</summary>
    public IntrusionSensors Sensors { get; }

    public SwitchGraph Graph { get; }

    /// <summary>What was learned and refused, over all configurations.</summary>
    public LearningTotals Learning => _learned + LearningTotals.Of(Bridge.Macs.Counters);

    /// <summary>When a timer is due; the greatest timestamp if none runs.</summary>
    public Timestamp NextTimer => Neighbors.NextDeadline < Tunnels.Reassembly.NextDeadline ? Neighbors.NextDeadline : Tunnels.Reassembly.NextDeadline;

    /// <summary>Receives one burst from each port and takes it to its end.</summary>
    /// <returns>Frames received.</returns>
    public int Round(Timestamp now)
    {
        // Before any frame: a node that slept too long must not forward what waited.
        if (Node is not null && now >= Node.NextDue)
        {
            Vector.Begin([], ingress: 0, now);
            Node.Advance(Vector, Graph);
            Graph.Run();
        }

        Bridge.Advance(now);
        if (now >= Neighbors.NextDeadline)
        {
            Vector.Begin([], ingress: 0, now);
            Neighbors.Advance(Vector);
            Graph.Run();
        }

        if (now >= Tunnels.Reassembly.NextDeadline)
        {
            Vector.Begin([], ingress: 0, now);
            Tunnels.Reassembly.Advance(Vector);
        }

        Tunnels.PathMtus.Advance(now);
        _portWatch.Advance(now);
        int received = 0;
        for (int port = 0; port < Ports.Length; port++)
        {
            // Copies of flooded frames need buffers too: a burst takes half of what is left at most.
            int most = Math.Clamp(_pool.Available / 2, 1, Plan.VectorSize);
            int count = Ports[port].Receive(_pool, _burst.AsSpan(0, most), now);
            if (count > 0)
            {
                Vector.Begin(_burst.AsSpan(0, count), port, now);
                Graph.Run();
                received += count;
            }
        }

        return received;
    }

    /// <summary>Continues the books of the core that this one replaces.</summary>
    public void CarryOver(SwitchCore old)
    {
        int[] newIndex = [.. old.Plan.Ports.Select(port => Position.Of(Plan.Ports, now => now.Name == port.Name))];
        Ledger.CarryOver(old.Ledger, newIndex);
        // What was carried over into the new table is not learned.
        _learned = old.Learning - LearningTotals.Of(Bridge.Macs.Counters);
        Graph.CarryOver(old.Graph);
        Tunnels.CarryOver(old.Tunnels);
        Sensors.CarryOver(old.Sensors);
    }

    /// <summary>Ends what waits, so that every frame is accounted for.</summary>
    public void Stop()
    {
        Neighbors.Stop(Vector);
        Tunnels.Reassembly.Stop(Ledger);
    }

    /// <summary>Frees the tables; ports and pool belong to others.</summary>
    public void Dispose()
    {
        Node?.Dispose();
        Sensors.Dispose();
        Bridge.Dispose();
    }
}
