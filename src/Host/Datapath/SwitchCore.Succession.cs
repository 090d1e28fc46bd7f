using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Host.Stages;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <content>Going on where the core of the configuration before stops.</content>
internal sealed partial class SwitchCore
{
    private const int MaxDiscardedBursts = 64;

    private LearningTotals _learned = new();
    private SuppressionTotals _suppression = new();

    /// <summary>The core that this one is to succeed, until it does.</summary>
    private SwitchCore? _predecessor;
    private SwitchCore? _successor;

    /// <summary>Begins with nothing: what no configuration before this one has set up.</summary>
    public void Begin(Timestamp now) => Translators.Begin(now);

    /// <summary>Drops what waits at a port that was opened while another one had its device: that one got the same frames.</summary>
    /// <param name="port">Number of the port.</param>
    /// <param name="now">The time.</param>
    public void Discard(int port, Timestamp now)
    {
        // As much as any port keeps; what comes meanwhile is the switch's.
        for (int bursts = 0; bursts < MaxDiscardedBursts && _ports.Handles[port] is IPort receiver; bursts++)
        {
            int count = receiver.Receive(_pool, _burst, now);
            if (count == 0)
            {
                return;
            }

            Ledger.Received += count;
            Ledger.Drop(DropReason.Stopping, port, count);
            _pool.Return(_burst.AsSpan(0, count));
        }
    }

    /// <summary>Goes on with what the engines of a core knew that this one replaces.</summary>
    /// <remarks>
    /// Workers stand still meanwhile, so tables change hands as they are wherever the new configuration would make them the same; only what it changed is
    /// copied entry by entry.
    /// </remarks>
    /// <param name="old">The core that ends.</param>
    /// <param name="numbers">What its places are called here.</param>
    /// <param name="keepsFrames">Whether both have the same buffers, so that frames that wait may go on.</param>
    /// <param name="now">The time.</param>
    public void CarryOver(SwitchCore old, NewNumbers numbers, bool keepsFrames, Timestamp now)
    {
        LearningTotals learned = old.Learning;
        BridgeState.CarryOver(this, old, numbers, now);
        // What was carried over into the new table is not learned.
        _learned = learned - LearningTotals.Of(Bridge.Macs.Counters);
        _suppression = old.Suppression;
        Neighbors.CarryOver(old.Neighbors, numbers, keepsFrames);
        RouterOutput.CarryOver(old.RouterOutput, numbers, keepsFrames);
        if (old.Egress is not null)
        {
            Egress?.CarryOver(old.Egress, numbers.Ports, keepsFrames, old.Vector);
        }

        if (Link.IsHome)
        {
            if (old.Shutdowns is not null)
            {
                Shutdowns?.CarryOver(old.Shutdowns, numbers.Ports);
            }

            Translators.TakeOver(old.Translators, now);
            Gateways.TakeOver(old.Gateways);
            ReturnPaths.TakeOver(old.ReturnPaths, now);
        }

        if (old.Mesh is not null)
        {
            Mesh?.TakeOver(old.Mesh, numbers.Ports, now);
        }

        GuardState.CarryOver(this, old, numbers, now);
        AclSnapshots.CarryOver(this, old, numbers, now);
        MulticastState.CarryOver(this, old, now);
        for (int index = 0; index < (Nodes?.All.Count ?? 0); index++)
        {
            if (old.Nodes?.All.Contains(Nodes!.All[index]) == true)
            {
                Nodes.All[index].Rebind(Topology, index, Bridge, Neighbors, Ports);
            }
        }

        (old._successor, _predecessor) = (this, null);
        foreach (HostFlushListener listener in Listeners)
        {
            if (Array.Find(old.Listeners, listener.CanTakeOver) is HostFlushListener earlier)
            {
                listener.TakeOver(earlier);
            }
        }

        Tunnels.CarryOver(old.Tunnels, numbers);
        Sensors.CarryOver(old.Sensors);
        if (old.Presence is not null)
        {
            Presence?.TakeOver(old.Presence, old.Vector.Now);
        }

        if (old.Links is not null)
        {
            Links?.CarryOver(old.Links, old.Vector.Now);
        }

        if (old.Multicast is not null)
        {
            Multicast?.CarryOver(old.Multicast);
        }
    }

    /// <summary>Adds the books of a core that is no more, be it of this worker or of one that is gone.</summary>
    public void AddBooks(SwitchCore old, NewNumbers numbers)
    {
        Ledger.CarryOver(old.Ledger, numbers.Ports);
        Ledger.Traffic.CarryOver(old.Ledger.Traffic, numbers.Segments, numbers.Peers);
        Graph.CarryOver(old.Graph);
        Tunnels.AddTotals(old.Tunnels);
        if (old.Acl is not null)
        {
            Acl?.CarryOver(old.Acl);
        }

        if (old.Qos is not null)
        {
            Qos?.CarryOver(old.Qos, [.. Plan.Ports.Select(port => Position.Of(old.Plan.Ports, known => known.Name == port.Name))], keepsMeters: old.Link.IsHome);
        }

        if (old.Relays is not null)
        {
            Relays?.CarryOver(old.Relays);
        }

        if (old.Mirrors is not null)
        {
            Mirrors?.CarryOver(old.Mirrors);
            Graph.Mirror.CarryOver(old.Graph.Mirror, keepsSequence: old.Link.IsHome);
        }
    }

    /// <summary>The node of a bridge, if the new configuration changes nothing that it was built for.</summary>
    private static BridgeNodeDriver? NodeThatGoesOn(SwitchCore? earlier, SwitchPlan plan, int index) =>
        earlier?.Nodes?.All.FirstOrDefault(node => BridgePlans.CanGoOn(earlier.Plan, node.Plan, plan, plan.Bridges[index]));

    /// <summary>Frees the tables; ports and pool belong to others.</summary>
    public void Dispose()
    {
        Translators.Dispose();
        Gateways.Dispose();
        ReturnPaths.Dispose();
        Machines.Dispose();
        Presence?.Dispose();
        Mesh?.Dispose();
        Nodes?.DisposeBut(_successor?.Nodes ?? _predecessor?.Nodes);
        Sensors.Dispose();
        Multicast?.Dispose();
        foreach (HostFlushListener listener in Listeners)
        {
            listener.Dispose();
        }

        Links?.Dispose();
        Guard?.Dispose();
        Acl?.Dispose();
        Bridge.Dispose();
    }

    /// <summary>A bridge that goes on with the tables of the one before, if they would be made the same again.</summary>
    private static LearningBridge BridgeFor(SwitchTopology topology, HashSeed seed, Timestamp start, SwitchCore? earlier)
    {
        LearningBridgeOptions options = BridgeOptionsFactory.Create(topology, seed, start);
        bool goesOn = earlier is not null && LearningBridge.CanSucceed(options, earlier.Bridge) && new NewNumbers(earlier.Topology, topology).HasSameVlans;
        return new LearningBridge(options, goesOn ? earlier!.Bridge : null);
    }
}
