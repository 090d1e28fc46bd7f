using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Analytics;

/// <summary>
/// What is left of a graph to iterate over: entities that depend on nobody are computed once, and what they give to others becomes
/// part of a constant. In real policies most edges come from such entities, clients that nobody may connect to.
/// </summary>
/// <remarks>The iteration's fixed point, contraction and error bound are those of the whole graph: settled entities are at their final value from the start.</remarks>
internal sealed class ReducedGraph(SegmentationGraph graph, QuotientEquations equations)
{
    /// <summary>Adds nothing, and its sign says that the entity is not settled: one look tells both.</summary>
    private const double Open = -0.0;

    private readonly int[] _entities = new int[graph.Capacity];
    private readonly Row[] _rows = new Row[graph.Capacity];
    private readonly double[] _settled = new double[graph.Capacity];
    private int[] _edges = [];
    private int _count;

    /// <summary>Builds it anew from the graph as it is, and gives settled entities their values.</summary>
    public void Build()
    {
        _count = 0;
        int edges = 0;
        for (int entity = 0; entity < _settled.Length; entity++)
        {
            bool isLive = graph.IsLiveAt(entity);
            bool isSettled = isLive && equations.IsSettled(entity);
            if (isSettled)
            {
                equations.Shares[entity] = equations.Evaluate(entity);
            }

            bool isOpen = isLive && !isSettled;
            _settled[entity] = isOpen ? Open : isSettled ? Math.Max(0.0, equations.Shares[entity]) + 0.0 : 0.0;
            if (isOpen)
            {
                _entities[_count++] = entity;
                edges += graph.Inbound.Lengths[entity];
            }
        }

        if (_edges.Length < edges)
        {
            _edges = new int[Math.Max(edges, _edges.Length * 3 / 2)];
        }

        int used = 0;
        for (int i = 0; i < _count; i++)
        {
            used = BuildRow(_entities[i], used, out _rows[i]);
        }
    }

    /// <summary>One sweep.</summary>
    /// <param name="next">Where new values go: the shares themselves, or for Jacobi another array.</param>
    /// <returns>The largest change.</returns>
    public double Sweep(double[] next)
    {
        double[] shares = equations.Shares;
        double change = 0;
        for (int i = 0; i < _count; i++)
        {
            int entity = _entities[i];
            ref readonly Row row = ref _rows[i];
            double value = row.Length < 0
                ? equations.Evaluate(entity)
                : Math.Clamp(row.Constant + row.Scale * QuotientEquations.Sum(shares, _edges.AsSpan(row.Start, row.Length)), 0, 1);
            change = Math.Max(change, Math.Abs(value - shares[entity]));
            next[entity] = value;
        }

        return change;
    }

    /// <summary>Takes over what a Jacobi sweep computed.</summary>
    public void Take(double[] next)
    {
        foreach (int entity in _entities.AsSpan(0, _count))
        {
            equations.Shares[entity] = next[entity];
        }
    }

    /// <summary>A mean over peers of one weight is a constant and a sum; everything else is evaluated as it is.</summary>
    private int BuildRow(int entity, int used, out Row row)
    {
        ref readonly TypeCoupling coupling = ref equations.CouplingOf(entity);
        bool isPlain = coupling.MeanOfPeers != 0 && coupling.MinOfPeers == 0 && coupling.MeanOfMembers == 0 && coupling.Container == 0 && graph.IsUniform[entity];
        if (!isPlain)
        {
            row = new Row { Length = -1 };
            return used;
        }

        ReadOnlySpan<int> peers = graph.Inbound.Row(entity);
        ref double settled = ref MemoryMarshal.GetArrayDataReference(_settled);
        ref int edges = ref MemoryMarshal.GetArrayDataReference(_edges);
        double sum = 0;
        int end = used;
        foreach (int peer in peers)
        {
            // Each peer is written, and stays if it is open. Invariant: there is room for all peers of all open entities.
            Unsafe.Add(ref edges, end) = peer;
            double share = Unsafe.Add(ref settled, peer);
            end += (int)(BitConverter.DoubleToUInt64Bits(share) >> 63);
            sum += share;
        }

        double scale = coupling.MeanOfPeers / peers.Length;
        row = new Row { Start = used, Length = end - used, Constant = graph.Own[entity] + scale * sum, Scale = scale };
        return end;
    }

    private struct Row
    {
        public int Start;

        /// <summary>Open peers; -1 for an equation of another form.</summary>
        public int Length;

        public double Constant;
        public double Scale;
    }
}
