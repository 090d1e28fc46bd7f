using Weft.Host.Datapath.Bridges;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>A store with one lease, on the time of a simulation: who holds it stops a tenth of its time before the store gives it to another one.</summary>
internal sealed class SimulatedFence
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Margin = Lease / 10;
    private readonly Node[] _nodes = [new Node(), new Node()];
    private int _holder = -1;
    private Timestamp _renewed;

    /// <summary>Whether a node reaches the store.</summary>
    public bool[] Reaches { get; } = [true, true];

    public IBridgeFence Of(int node) => _nodes[Math.Min(node, 1)];

    /// <summary>What the store and the nodes' keepers do at a moment, which no pause of a node's workers keeps from happening.</summary>
    public void Step(Timestamp now)
    {
        if (_holder >= 0 && Reaches[_holder] && now < _nodes[_holder].Deadline)
        {
            if (_nodes[_holder].Wants)
            {
                Hold(now);
            }
            else
            {
                _nodes[_holder].Deadline = Timestamp.Zero;
                _holder = -1;
            }
        }

        if (_holder >= 0 && now >= _renewed + Lease)
        {
            _holder = -1;
        }

        for (int node = 0; node < _nodes.Length && _holder < 0; node++)
        {
            if (_nodes[node].Wants && Reaches[node])
            {
                _holder = node;
                Hold(now);
            }
        }
    }

    private void Hold(Timestamp now) => (_renewed, _nodes[_holder].Deadline) = (now, now + Lease - Margin);

    private sealed class Node : IBridgeFence
    {
        public bool Wants { get; private set; }

        public Timestamp Deadline { get; set; }

        public void Want(bool wants) => Wants = wants;

        public bool IsHeld(Timestamp now) => now < Deadline;
    }
}
