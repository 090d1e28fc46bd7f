using Weft.Analytics;
using Weft.Bench.Ratios;
using Weft.Flows;

namespace Weft.Bench.Analytics;

/// <summary>A network in which few machines are reached by many: 20 edges a machine.</summary>
public abstract class QuotientRatio(string peer, string name, string unit, string peerName, double goal) : AnalyticsRatio(peer, name, unit, peerName, goal)
{
    /// <summary>The graph.</summary>
    protected SegmentationGraph Graph { get; private set; } = null!;

    /// <summary>The solver of the graph.</summary>
    protected QuotientSolver Solver { get; private set; } = null!;

    /// <summary>Its entities.</summary>
    protected SlotHandle[] Machines { get; private set; } = [];

    /// <summary>Its edges.</summary>
    protected long Edges { get; private set; }

    /// <inheritdoc/>
    public override void SetUp(bool shortRun)
    {
        int count = shortRun ? 10_000 : 100_000;
        var builder = new QuotientModelBuilder();
        EntityType type = builder.AddType("machine");
        QuotientFeature feature = builder.AddFeature(type, "policy", 1);
        QuotientAttribute own = builder.AddAttribute(feature, "own", AttributeFunction.Identity, 0, 0.6);
        _ = builder.AddCoupled(feature, "peers", Coupling.MeanOfPeers, 0.4);
        Graph = new SegmentationGraph(builder.Build(), count);
        Machines = [.. Enumerable.Range(0, count).Select(_ => Graph.Add(type, SlotHandle.None))];
        var random = new Random(7);
        var peers = new List<int>[count];
        for (int i = 0; i < count; i++)
        {
            peers[i] = [];
        }

        for (int i = 0; i < 20 * count; i++)
        {
            int to = (int)((Math.Pow(1 - random.NextDouble(), -1 / 1.2) - 1) * count / 200 % count);
            int from = random.Next(count);
            if (from != to)
            {
                peers[to].Add(from);
            }
        }

        double[] values = new double[count];
        int[] starts = new int[count + 1];
        for (int i = 0; i < count; i++)
        {
            values[i] = random.NextDouble();
            starts[i + 1] = starts[i] + peers[i].Count;
            _ = Graph.SetAttribute(Machines[i], own, values[i]);
            _ = Graph.SetPeers(Machines[i], [.. peers[i].Select(peer => new PeerEdge(Machines[peer]))]);
        }

        Edges = starts[count];
        Solver = new QuotientSolver(Graph);
        Write<int>("starts", starts);
        Write<int>("peers", peers.SelectMany(list => list).ToArray());
        Write<double>("own", values);
    }
}

/// <summary>Ten Jacobi sweeps.</summary>
public sealed class QuotientSweepRatio() : QuotientRatio("sweep", "sweep over 20 edges a machine", "ns/edge", "SciPy CSR matrix-vector product", 0.67)
{
    private const int Sweeps = 10;

    /// <inheritdoc/>
    protected override double PeerOperations => (double)Edges * Sweeps;

    /// <inheritdoc/>
    public override Sample Ours()
    {
        Solver.Reset();
        long start = ThreadClock.Nanoseconds;
        _ = Solver.Solve(1e-300, Sweeps, QuotientSweep.Jacobi);
        double cost = (ThreadClock.Nanoseconds - start) / PeerOperations;
        return new Sample(cost, (ulong)Math.Round(Machines.Sum(machine => Solver.QuotientOf(machine)) * 10));
    }
}

/// <summary>A rule that comes and goes: who may reach one machine. Instead of a solve, which is the peer.</summary>
public sealed class QuotientUpdateRatio() : QuotientRatio("", "update after one rule changed", "ms", "a whole solve of ours", 0.02)
{
    private const int Changes = 50;

    private readonly List<(SlotHandle Machine, PeerEdge[] With, PeerEdge[] Without)> _rules = [];

    /// <inheritdoc/>
    protected override double PeerOperations => 1e6;

    /// <inheritdoc/>
    public override void SetUp(bool shortRun)
    {
        base.SetUp(shortRun);
        var random = new Random(9);
        for (int i = 0; i < Changes; i++)
        {
            SlotHandle machine = Machines[random.Next(Machines.Length)];
            PeerEdge[] without = [.. Enumerable.Range(0, 19).Select(_ => new PeerEdge(Machines[random.Next(Machines.Length)])).Where(edge => edge.Peer != machine)];
            PeerEdge[] with = [.. without, new PeerEdge(Machines[machine.Index == 0 ? 1 : 0])];
            _ = Graph.SetPeers(machine, without);
            _rules.Add((machine, with, without));
        }

        _ = Solver.Solve(1e-10);
    }

    /// <inheritdoc/>
    public override string? SetUpPeer() => null;

    /// <inheritdoc/>
    public override Sample Ours()
    {
        ulong done = 0;
        long start = ThreadClock.Nanoseconds;
        foreach ((SlotHandle machine, PeerEdge[] with, PeerEdge[] without) in _rules)
        {
            _ = Graph.SetPeers(machine, with);
            done += Solver.Update([machine], 1e-10).Converged ? 1UL : 0;
            _ = Graph.SetPeers(machine, without);
            done += Solver.Update([machine], 1e-10).Converged ? 1UL : 0;
        }

        return new Sample((ThreadClock.Nanoseconds - start) / PeerOperations / (2 * Changes), done / 2 == Changes ? 1UL : 0);
    }

    /// <inheritdoc/>
    public override Sample Peer()
    {
        Solver.Reset();
        long start = ThreadClock.Nanoseconds;
        SolveResult result = Solver.Solve(1e-10);
        return new Sample((ThreadClock.Nanoseconds - start) / PeerOperations, result.Converged ? 1UL : 0);
    }
}

/// <summary>All quotients to ten digits, beside the ranks of the same network with the same damping.</summary>
public sealed class QuotientSolveRatio() : QuotientRatio("pagerank", "solve to 1e-10", "ms", "igraph PRPACK PageRank", 0.125)
{
    /// <inheritdoc/>
    protected override double PeerOperations => 1e6;

    /// <inheritdoc/>
    public override Sample Ours()
    {
        Solver.Reset();
        long start = ThreadClock.Nanoseconds;
        SolveResult result = Solver.Solve(1e-10);
        return new Sample((ThreadClock.Nanoseconds - start) / PeerOperations, result.Converged ? (ulong)Machines.Length : 0);
    }
}
