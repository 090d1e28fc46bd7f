using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Bridges;

/// <summary>The bridge nodes of a switch, one for each pair that it belongs to: each has time of its own, and each frame goes to the one that it is for.</summary>
internal sealed class BridgeNodes : IDisposable
{
    private readonly BridgeNodeDriver[] _nodes;

    /// <summary>Nodes for all bridges of a switch; those of an earlier configuration go on where they may.</summary>
    public BridgeNodes(SwitchTopology topology, LearningBridge bridge, UnderlayNeighbors neighbors, IPort[] ports, HashSeed seed, Timestamp now, BridgeNodes? earlier, Func<int, BridgeNodeDriver?> goesOn, EventLog log, Func<BridgePlan, IBridgeFence>? fences = null, TimeProvider? timeOfDay = null)
    {
        uint epoch = earlier is null ? 0 : earlier.All.Max(node => node.Node.Epoch);
        _nodes = [.. topology.Plan.Bridges.Select((_, index) => goesOn(index) ?? new BridgeNodeDriver(topology, index, bridge, neighbors, ports, seed, now, epoch, log, topology.Plan.Bridges[index].FenceLease is null ? null : fences?.Invoke(topology.Plan.Bridges[index]), timeOfDay))];
    }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<BridgeNodeDriver> All => _nodes;

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Timestamp.MaxValue;
            foreach (BridgeNodeDriver node in _nodes)
            {
                next = node.NextDue < next ? node.NextDue : next;
            }

            return next;
        }
    }

    /// <summary>Does what is due. All of them look whether they slept before any of them sends.</summary>
    public void Advance(PacketVector vector, SwitchGraph graph)
    {
        foreach (BridgeNodeDriver node in _nodes)
        {
            if (vector.Now >= node.NextDue)
            {
                node.Advance(vector, graph);
            }
        }
    }

    /// <summary>Offers a packet from the underlay, see <see cref="BridgeNodeDriver.TryTakeDatagram"/>.</summary>
    public bool TryTakeDatagram(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now)
    {
        foreach (BridgeNodeDriver node in _nodes)
        {
            if (node.TryTakeDatagram(frame, context, now, isLast: false))
            {
                return true;
            }
        }

        // One that is for none of them is counted by the first whose other node sent it.
        foreach (BridgeNodeDriver node in _nodes)
        {
            if (node.TryTakeDatagram(frame, context, now, isLast: true))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Offers a frame from the VLANs or out of a tunnel, see <see cref="BridgeNodeDriver.TryTakeFrame"/>.</summary>
    public bool TryTakeFrame(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now)
    {
        foreach (BridgeNodeDriver node in _nodes)
        {
            if (node.TryTakeFrame(frame, context, now))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Offers a frame from the management VNI of one of the nodes.</summary>
    public bool TryTakeManagement(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now)
    {
        foreach (BridgeNodeDriver node in _nodes)
        {
            if (node.IsManagement(context) && node.TryTakeManagement(frame, context.Layout, now))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>See <see cref="BridgeNodeDriver.NoteNeighbor"/>.</summary>
    public void NoteNeighbor(ReadOnlySpan<byte> frame, in PacketContext context, Timestamp now)
    {
        foreach (BridgeNodeDriver node in _nodes)
        {
            node.NoteNeighbor(frame, context, now);
        }
    }

    /// <summary>Frees all but those that go on elsewhere.</summary>
    public void DisposeBut(BridgeNodes? next)
    {
        foreach (BridgeNodeDriver node in _nodes)
        {
            if (next is null || !next._nodes.Contains(node))
            {
                node.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeBut(null);
}
