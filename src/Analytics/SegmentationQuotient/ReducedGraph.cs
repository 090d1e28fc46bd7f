using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Analytics;

/// <summary>
/// What is left of a graph to iterate over: entities that depend on nobody are computed once, then those that depend on such only,
/// and what they give to others becomes part of a constant. In real policies most edges come from them, clients that nobody may
/// connect to. The rest is numbered anew, without gaps, so that its quotients lie close together.
/// </summary>
/// <remarks>The iteration's fixed point, contraction and error bound are those of the whole graph: settled entities are at their final value from the start.</remarks>
internal sealed class ReducedGraph(SegmentationGraph graph, QuotientEquations equations)
{
    /// <summary>Adds nothing, and its sign says that the entity is not settled: one look tells both.</summary>
    private const double Open = -0.0;

    /// <summary>Rows are in classes by the logarithm of their length; this one is for what is no plain mean over peers.</summary>
    private const int OtherForm = 32;

    private readonly int[] _entities = new int[graph.Capacity];
    private readonly int[] _order = new int[graph.Capacity];
    private readonly int[] _numbers = new int[graph.Capacity];
    private readonly Row[] _rows = new Row[graph.Capacity];
    private readonly double[] _settled = new double[graph.Capacity];
    private readonly double[] _values = new double[graph.Capacity];
    private readonly double[] _next = new double[graph.Capacity];
    private readonly int[] _ends = new int[OtherForm + 1];
    private int[] _edges = [];
    private int _count;

    /// <summary>Builds it anew from the graph as it is, and gives settled entities their values.</summary>
    public void Build()
    {
        int open = Settle();
        _count = 0;
        int used = 0;
        foreach (int entity in _order.AsSpan(0, open))
        {
            used = BuildRow(entity, used, out Row row);
            if (row.Length == 0)
            {
                SetSettled(entity, Math.Clamp(row.Constant, 0, 1));
                continue;
            }

            _entities[_count] = entity;
            _rows[_count] = row;
            _values[_count] = equations.Shares[entity];
            _numbers[entity] = _count++;
        }

        foreach (ref Row row in _rows.AsSpan(0, _count))
        {
            Number(ref row);
        }
    }

    /// <summary>One sweep.</summary>
    /// <param name="sweep">Which values it reads.</param>
    /// <returns>The largest change.</returns>
    public double Sweep(QuotientSweep sweep)
    {
        double[] next = sweep == QuotientSweep.Jacobi ? _next : _values;
        double[] shares = equations.Shares;
        double change = 0;
        for (int i = 0; i < _count; i++)
        {
            ref readonly Row row = ref _rows[i];
            double value = row.Length < 0
                ? equations.Evaluate(_entities[i])
                : Math.Clamp(row.Constant + row.Scale * QuotientEquations.Sum(_values, _edges.AsSpan(row.Start, row.Length)), 0, 1);
            change = Math.Max(change, Math.Abs(value - _values[i]));
            next[i] = value;
            if (sweep == QuotientSweep.GaussSeidel)
            {
                shares[_entities[i]] = value;
            }
        }

        if (sweep == QuotientSweep.Jacobi)
        {
            _next.AsSpan(0, _count).CopyTo(_values);
            for (int i = 0; i < _count; i++)
            {
                shares[_entities[i]] = _values[i];
            }
        }

        return change;
    }

    /// <summary>
    /// Gives entities that depend on nobody their values, and puts the others in order: those of few peers first, since they are
    /// soonest settled, and hubs, which everything before them changes, at the end; last what is no plain mean over peers. Rows of
    /// about the same length keep the order in which they lie in memory.
    /// </summary>
    /// <returns>How many are open.</returns>
    private int Settle()
    {
        Array.Clear(_ends);
        long edges = 0;
        int open = 0;
        ReadOnlySpan<int> lengths = graph.Inbound.Lengths;
        double[] shares = equations.Shares;
        for (int entity = 0; entity < lengths.Length; entity++)
        {
            // Which entities are open follows no pattern that a processor could guess, so nothing here depends on it but values.
            double known = equations.Settled(entity);
            bool isOpen = double.IsNaN(known);
            shares[entity] = isOpen ? shares[entity] : known;
            _settled[entity] = isOpen ? Open : known;
            _numbers[entity] = -1;
            _entities[open] = entity;
            open += isOpen ? 1 : 0;
            edges += isOpen ? lengths[entity] : 0;
        }

        foreach (int entity in _entities.AsSpan(0, open))
        {
            _ends[ClassOf(entity)]++;
        }

        if (_edges.Length < edges)
        {
            _edges = new int[Math.Max(edges, _edges.Length * 3L / 2)];
        }

        int before = 0;
        foreach (ref int end in _ends.AsSpan())
        {
            (end, before) = (before, before + end);
        }

        foreach (int entity in _entities.AsSpan(0, open))
        {
            _order[_ends[ClassOf(entity)]++] = entity;
        }

        return open;
    }

    private int ClassOf(int entity) => IsPlain(entity) ? BitOperations.Log2((uint)graph.Inbound.Lengths[entity]) : OtherForm;

    private void SetSettled(int entity, double share)
    {
        equations.Shares[entity] = share;
        _settled[entity] = Math.Max(0.0, share) + 0.0;
    }

    private bool IsPlain(int entity) => equations.CouplingOf(entity).IsPlain && graph.IsUniform[entity];

    /// <summary>A mean over peers of one weight is a constant and a sum; everything else is evaluated as it is.</summary>
    private int BuildRow(int entity, int used, out Row row)
    {
        if (!IsPlain(entity))
        {
            row = new Row { Length = -1 };
            return used;
        }

        ReadOnlySpan<int> peers = graph.Inbound.Row(entity);
        ref double settled = ref MemoryMarshal.GetArrayDataReference(_settled);
        ref int edges = ref MemoryMarshal.GetArrayDataReference(_edges);
        ref int first = ref MemoryMarshal.GetReference(peers);
        double sum = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        int end = used;
        int i = 0;

        // Each peer is written, and stays if it is open. Invariants: a peer's index is below the capacity; there is room for all
        // peers of all open entities. Four sums, so that additions need not wait for one another.
        for (; i <= peers.Length - 4; i += 4)
        {
            sum += Take(ref settled, ref edges, Unsafe.Add(ref first, i), ref end);
            sum1 += Take(ref settled, ref edges, Unsafe.Add(ref first, i + 1), ref end);
            sum2 += Take(ref settled, ref edges, Unsafe.Add(ref first, i + 2), ref end);
            sum3 += Take(ref settled, ref edges, Unsafe.Add(ref first, i + 3), ref end);
        }

        for (; i < peers.Length; i++)
        {
            sum += Take(ref settled, ref edges, Unsafe.Add(ref first, i), ref end);
        }

        sum += sum1 + (sum2 + sum3);
        double scale = equations.CouplingOf(entity).MeanOfPeers / peers.Length;
        row = new Row { Start = used, Length = end - used, Constant = graph.Own[entity] + scale * sum, Scale = scale };
        return end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Take(ref double settled, ref int edges, int peer, ref int end)
    {
        double share = Unsafe.Add(ref settled, peer);
        Unsafe.Add(ref edges, end) = peer;
        end += (int)(BitConverter.DoubleToUInt64Bits(share) >> 63);
        return share;
    }

    /// <summary>Replaces peers by their numbers; those that were settled after the row was built go into its constant.</summary>
    private void Number(ref Row row)
    {
        int kept = row.Start;
        for (int edge = row.Start; edge < row.Start + row.Length; edge++)
        {
            int peer = _edges[edge];
            int number = _numbers[peer];
            _edges[kept] = number;
            kept += number < 0 ? 0 : 1;
            row.Constant += number < 0 ? row.Scale * _settled[peer] : 0;
        }

        row.Length = row.Length < 0 ? -1 : kept - row.Start;
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
