using FsCheck;
using FsCheck.Fluent;
using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Flows;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>Quotients beside the worked example, a dense solver, and themselves.</summary>
public sealed class QuotientTests
{
    private const int Machines = 12;

    private static readonly Config Quick = Chance.Of(100).WithEndSize(30);

    /// <summary>Random graphs: what was measured of each machine, and edges; a shrunken graph has an edge less.</summary>
    private static readonly Arbitrary<(int[] Own, (int From, int To)[] Edges)> Graphs = Arb.From(
        from own in Gen.Choose(0, 100).ArrayOf(Machines)
        from edges in (from a in Gen.Choose(0, Machines - 1) from b in Gen.Choose(0, Machines - 1) select (a, b)).ArrayOf()
        select (own, edges.Where(edge => edge.a != edge.b).Distinct().ToArray()),
        graph => Enumerable.Range(0, graph.Item2.Length).Select(skip => (graph.own, graph.Item2.Where((_, at) => at != skip).ToArray())));

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void The_worked_example_has_its_fixed_point_and_every_sweep_on_the_way()
    {
        (SegmentationGraph graph, SlotHandle[] entities) = Worked();
        var solver = new QuotientSolver(graph);
        Assert.Equal(0.8, graph.Model.Contraction, 1e-12);
        double[][] sweeps =
        [
            [80, 50, 20, 59, 41, 50], [80, 50, 32, 69.5, 20, 52.4], [80, 52.4, 32, 69.5, 28.4, 52.4], [], [80.96, 52.592, 32.384, 70.676, 28.4, 55.088],
        ];
        foreach (double[] expected in sweeps)
        {
            SolveResult one = solver.Solve(1e-12, maxSweeps: 1, QuotientSweep.Jacobi);
            Assert.False(one.Converged);
            Assert.All(expected.Zip(entities), pair => Assert.Equal(pair.First, solver.QuotientOf(pair.Second), 1e-9));
        }

        SolveResult result = solver.Solve(1e-12);
        Assert.True(result.Converged && result.ErrorBound <= 1e-12);
        double[] exact = [81.08108108, 52.7027027, 32.43243243, 70.82432432, 28.7027027, 55.42702703];
        Assert.All(exact.Zip(entities), pair => Assert.Equal(pair.First, solver.QuotientOf(pair.Second), 1e-7));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void The_fixed_point_is_that_of_a_dense_solver_from_any_start_and_the_error_is_within_its_bound()
    {
        Prop.ForAll(Graphs, Gen.Choose(0, 10).ToArbitrary(), (input, start) =>
        {
            (SegmentationGraph graph, SlotHandle[] machines) = Build(input.Own, input.Edges);
            double[] exact = Dense(input.Own, input.Edges);
            var solver = new QuotientSolver(graph);
            solver.Reset(start / 10.0);
            bool agrees = true;
            for (int sweep = 0; sweep < 6; sweep++)
            {
                SolveResult partial = solver.Solve(1e-12, maxSweeps: 1, sweep % 2 == 0 ? QuotientSweep.Jacobi : QuotientSweep.GaussSeidel);
                double error = machines.Zip(exact).Max(pair => Math.Abs(solver.QuotientOf(pair.First) / 100 - pair.Second));
                agrees &= error <= partial.ErrorBound + 1e-12 && machines.All(machine => solver.QuotientOf(machine) is >= 0 and <= 100);
            }

            _ = solver.Solve(1e-12);
            return agrees && machines.Zip(exact).All(pair => Math.Abs(solver.QuotientOf(pair.First) / 100 - pair.Second) < 1e-9);
        }).Check(Quick);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_update_after_edits_is_a_solution_and_what_if_had_said_so()
    {
        Prop.ForAll(Graphs, Graphs, (before, after) =>
        {
            (SegmentationGraph graph, SlotHandle[] machines) = Build(before.Own, before.Edges);
            var solver = new QuotientSolver(graph);
            _ = solver.Solve(1e-12);
            var changes = new QuotientChange[Machines];
            bool agrees = true;
            for (int to = 0; to < Machines; to++)
            {
                PeerEdge[] peers = PeersOf(to, after.Edges, machines);
                double[] untouched = [.. machines.Select(solver.QuotientOf)];
                int count = solver.WhatIfPeers(machines[to], peers, changes, 1e-12);
                agrees &= untouched.SequenceEqual(machines.Select(solver.QuotientOf));
                agrees &= graph.SetPeers(machines[to], peers) && solver.Update([machines[to]], 1e-12).Converged;
                for (int i = 0; i < Machines; i++)
                {
                    int at = Array.FindIndex(changes, 0, count, change => change.Entity == machines[i]);
                    double foretold = at < 0 ? untouched[i] : changes[at].After;
                    agrees &= Math.Abs(solver.QuotientOf(machines[i]) - foretold) < 1e-7;
                }
            }

            double[] exact = Dense(before.Own, after.Edges);
            return agrees && machines.Zip(exact).All(pair => Math.Abs(solver.QuotientOf(pair.First) / 100 - pair.Second) < 1e-9);
        }).Check(Quick);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Measuring_better_never_lowers_a_quotient()
    {
        Prop.ForAll(Graphs, Gen.Choose(0, Machines - 1).ToArbitrary(), (input, which) =>
        {
            (SegmentationGraph graph, SlotHandle[] machines) = Build(input.Own, input.Edges);
            var solver = new QuotientSolver(graph);
            _ = solver.Solve(1e-12);
            var changes = new QuotientChange[Machines];
            int count = solver.WhatIfAttribute(machines[which], new QuotientAttribute(0), 1, changes, 1e-12);
            return changes.AsSpan(0, count).ToArray().All(change => change.After > change.Before);
        }).Check(Quick);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void The_increments_of_an_explanation_sum_to_the_quotient()
    {
        (SegmentationGraph graph, SlotHandle[] entities) = Worked();
        var solver = new QuotientSolver(graph);
        _ = solver.Solve(1e-12);
        var increments = new AttributeIncrement[4];
        foreach (SlotHandle entity in entities)
        {
            int count = solver.Explain(entity, increments);
            Assert.Equal(2, count);
            Assert.Equal(solver.QuotientOf(entity), increments[0].Increment + increments[1].Increment, 1e-9);
            Assert.Equal(100, increments[0].Possible + increments[1].Possible, 1e-9);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Functions_map_thresholds_as_documented()
    {
        Assert.Equal((0.0, 1.0), (Of(AttributeFunction.Step, 2, 1.9), Of(AttributeFunction.Step, 2, 2)));
        Assert.Equal((0.25, 1.0), (Of(AttributeFunction.Ramp, 4, 1), Of(AttributeFunction.Ramp, 4, 9)));
        Assert.Equal((0.75, 0.0), (Of(AttributeFunction.Falling, 4, 1), Of(AttributeFunction.Falling, 4, 9)));
        Assert.Equal((0.0, 0.5), (Of(AttributeFunction.Saturating, 4, 0), Of(AttributeFunction.Saturating, 4, 4)));
        Assert.Equal((0.5, 0.4), (Of(AttributeFunction.Logistic, 3, 3), Of(AttributeFunction.Identity, 0, 0.4)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_model_that_would_not_contract_or_believes_the_machines_too_much_is_refused()
    {
        var coupled = new QuotientModelBuilder();
        _ = coupled.AddCoupled(coupled.AddFeature(coupled.AddType("vm"), "neighbours", 1), "peers", Coupling.MeanOfPeers, 1);
        Assert.Contains("coupled share of vm", Assert.Throws<ArgumentException>(coupled.Build).Message, StringComparison.Ordinal);
        var lying = new QuotientModelBuilder();
        QuotientFeature feature = lying.AddFeature(lying.AddType("vm"), "agent", 1);
        _ = lying.AddAttribute(feature, "says it is safe", AttributeFunction.Step, 1, 0.5, isSelfReported: true);
        _ = lying.AddAttribute(feature, "is seen to be safe", AttributeFunction.Step, 1, 0.5);
        Assert.Contains("self-reported share of vm", Assert.Throws<ArgumentException>(lying.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Values_that_are_no_measurement_and_handles_of_the_dead_change_nothing()
    {
        (SegmentationGraph graph, SlotHandle[] machines) = Build([50, 50], [(0, 1)]);
        var own = new QuotientAttribute(0);
        foreach (double bad in (double[])[double.NaN, double.PositiveInfinity, -1])
        {
            Assert.False(graph.SetAttribute(machines[0], own, bad));
        }

        Assert.False(graph.SetAttribute(machines[0], new QuotientAttribute(1), 1));
        Assert.False(graph.SetPeers(machines[0], [new PeerEdge(machines[0])]));
        Assert.False(graph.SetPeers(machines[0], [new PeerEdge(machines[1], 0)]));
        Assert.True(graph.Remove(machines[0]));
        Assert.False(graph.Remove(machines[0]) || graph.SetAttribute(machines[0], own, 1));
        Assert.Equal((3, 1, 2, 2), (graph.Counters.BadValue, graph.Counters.WrongAttribute, graph.Counters.BadPeer, graph.Counters.StaleHandle));
        var solver = new QuotientSolver(graph);
        _ = solver.Solve();
        // Nobody reaches the other machine any more: its coupled attribute is neutral.
        Assert.Equal(70, solver.QuotientOf(machines[1]), 1e-6);
        Assert.True(double.IsNaN(solver.QuotientOf(machines[0])));
        Assert.Equal(-1, solver.WhatIfPeers(machines[0], [], []));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void An_update_with_a_budget_says_that_it_is_not_done_and_goes_on_with_the_next()
    {
        (int From, int To)[] ring = [.. Enumerable.Range(0, Machines).Select(i => (i, (i + 1) % Machines))];
        (SegmentationGraph graph, SlotHandle[] machines) = Build(new int[Machines], ring);
        var solver = new QuotientSolver(graph);
        _ = solver.Solve(1e-12);
        _ = graph.SetAttribute(machines[0], new QuotientAttribute(0), 1);
        SolveResult cut = solver.Update([machines[0]], 1e-12, maxEvaluations: 2);
        Assert.Equal((2L, 1.0, false), (cut.Evaluations, cut.ErrorBound, cut.Converged));
        Assert.True(solver.Update([], 1e-12).Converged);
        int[] own = new int[Machines];
        own[0] = 100;
        Assert.All(machines.Zip(Dense(own, ring)), pair => Assert.Equal(pair.Second, solver.QuotientOf(pair.First) / 100, 1e-9));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Solving_updating_and_reading_allocate_nothing()
    {
        (SegmentationGraph graph, SlotHandle[] entities) = Worked();
        var solver = new QuotientSolver(graph);
        var increments = new AttributeIncrement[4];
        PeerEdge[] none = [];
        PeerEdge[] one = [new PeerEdge(entities[1])];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                _ = graph.SetPeers(entities[0], i % 2 == 0 ? none : one);
                _ = solver.Update(entities.AsSpan(0, 1));
                _ = solver.Solve();
                _ = solver.Explain(entities[0], increments);
                _ = solver.QuotientOf(entities[5]);
            }
        }));
    }

    private static double Of(AttributeFunction function, double threshold, double value) =>
        new AttributeDefinition("a", 0, 0, function, threshold, 1, null, 0, false).Of(value);

    private static (SegmentationGraph Graph, SlotHandle[] Machines) Build(int[] own, (int From, int To)[] edges)
    {
        var builder = new QuotientModelBuilder();
        EntityType vm = builder.AddType("vm");
        QuotientFeature feature = builder.AddFeature(vm, "policy", 1);
        QuotientAttribute coverage = builder.AddAttribute(feature, "coverage", AttributeFunction.Identity, 0, 0.6);
        _ = builder.AddCoupled(feature, "neighbours", Coupling.MeanOfPeers, 0.4);
        var graph = new SegmentationGraph(builder.Build(), own.Length);
        SlotHandle[] machines = [.. own.Select(_ => graph.Add(vm, SlotHandle.None))];
        for (int i = 0; i < own.Length; i++)
        {
            Assert.True(graph.SetAttribute(machines[i], coverage, own[i] / 100.0));
            Assert.True(graph.SetPeers(machines[i], PeersOf(i, edges, machines)));
        }

        return (graph, machines);
    }

    /// <summary>Edges weigh 1 or 2, by who they come from.</summary>
    private static PeerEdge[] PeersOf(int to, (int From, int To)[] edges, SlotHandle[] machines) =>
        [.. edges.Where(edge => edge.To == to).Select(edge => new PeerEdge(machines[edge.From], 1 + edge.From % 2))];

    /// <summary>Gaussian elimination on (1 - 0.4 W) q = 0.6 r.</summary>
    private static double[] Dense(int[] own, (int From, int To)[] edges)
    {
        int n = own.Length;
        var matrix = new double[n, n + 1];
        for (int i = 0; i < n; i++)
        {
            int[] peers = [.. edges.Where(edge => edge.To == i).Select(edge => edge.From)];
            matrix[i, i] = 1;
            foreach (int peer in peers)
            {
                matrix[i, peer] -= 0.4 * (1 + peer % 2) / peers.Sum(other => 1.0 + other % 2);
            }

            matrix[i, n] = (0.6 * own[i] / 100.0) + (peers.Length == 0 ? 0.4 : 0);
        }

        for (int pivot = 0; pivot < n; pivot++)
        {
            for (int row = 0; row < n; row++)
            {
                double factor = row == pivot ? 0 : matrix[row, pivot] / matrix[pivot, pivot];
                for (int column = 0; column <= n && factor != 0; column++)
                {
                    matrix[row, column] -= factor * matrix[pivot, column];
                }
            }
        }

        return [.. Enumerable.Range(0, n).Select(i => matrix[i, n] / matrix[i, i])];
    }

    /// <summary>Three machines in two applications in a data centre.</summary>
    private static (SegmentationGraph Graph, SlotHandle[] Entities) Worked()
    {
        var builder = new QuotientModelBuilder();
        (EntityType vm, QuotientAttribute machine) = Type("vm", 0.6, Coupling.MeanOfPeers);
        (EntityType app, QuotientAttribute application) = Type("application", 0.3, Coupling.MeanOfMembers);
        (EntityType dc, QuotientAttribute centre) = Type("data centre", 0.2, Coupling.MeanOfMembers);
        var graph = new SegmentationGraph(builder.Build(), 6);
        SlotHandle all = graph.Add(dc, SlotHandle.None);
        SlotHandle a = graph.Add(app, all, size: 2);
        SlotHandle b = graph.Add(app, all);
        SlotHandle[] vms = [graph.Add(vm, a), graph.Add(vm, a), graph.Add(vm, b)];
        _ = graph.SetAttribute(vms[0], machine, 1);
        _ = graph.SetAttribute(vms[1], machine, 0.5);
        _ = graph.SetAttribute(vms[2], machine, 0);
        _ = graph.SetAttribute(a, application, 0.8);
        _ = graph.SetAttribute(b, application, 0.2);
        _ = graph.SetAttribute(all, centre, 0.5);
        _ = graph.SetPeers(vms[0], [new PeerEdge(vms[1])]);
        _ = graph.SetPeers(vms[1], [new PeerEdge(vms[0]), new PeerEdge(vms[2])]);
        _ = graph.SetPeers(vms[2], [new PeerEdge(vms[0])]);
        return (graph, [.. vms, a, b, all]);

        (EntityType, QuotientAttribute) Type(string name, double own, Coupling coupling)
        {
            EntityType type = builder.AddType(name);
            QuotientFeature feature = builder.AddFeature(type, "policy", 1);
            QuotientAttribute attribute = builder.AddAttribute(feature, "own", AttributeFunction.Identity, 0, own);
            _ = builder.AddCoupled(feature, "others", coupling, 1 - own);
            return (type, attribute);
        }
    }
}
