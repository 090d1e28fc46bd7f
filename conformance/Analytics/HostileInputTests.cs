using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>What attackers and liars send, beyond what each engine's own tests hold it to.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostileInputTests
{
    private static readonly HashSeed Seed = new(1, 2);

    [Fact]
    public void An_attribute_that_never_varies_has_no_entropy_and_its_whole_weight()
    {
        var schema = new HoloEntropySchema(Seed);
        AttributeId constant = schema.AddAttribute("constant", 4);
        ushort code = schema.Intern(constant, "always"u8);
        var model = new HoloEntropyModel(schema);
        Assert.True(model.Add([code], 1000));
        Assert.Equal(0, model.EntropyOf(constant), 12);
        HoloEntropySnapshot snapshot = model.Publish(new HoloEntropyOptions());
        Assert.True(snapshot.Score([0]).OutlierFactor > snapshot.Score([code]).OutlierFactor);
        Assert.All(new ushort[] { 0, code }, one => Assert.True(double.IsFinite(snapshot.Score([one]).OutlierFactor)));
    }

    [Fact]
    public void Counts_stop_at_two_to_the_forty_and_stay_what_they_were()
    {
        var schema = new HoloEntropySchema(Seed);
        ushort code = schema.Intern(schema.AddAttribute("a", 4), "x"u8);
        var model = new HoloEntropyModel(schema);
        Assert.True(model.Add([code], 1L << 40));
        Assert.False(model.Add([code]));
        Assert.Equal(1L << 40, model.RowCount);
        Assert.Equal(1, model.Counters.Saturated);
        Assert.True(double.IsFinite(model.Publish(new HoloEntropyOptions()).Score([code]).Score));
    }

    [Fact]
    public void A_value_that_was_never_added_cannot_be_removed()
    {
        var schema = new HoloEntropySchema(Seed);
        AttributeId attribute = schema.AddAttribute("a", 4);
        (ushort known, ushort other) = (schema.Intern(attribute, "x"u8), schema.Intern(attribute, "y"u8));
        var model = new HoloEntropyModel(schema);
        Assert.True(model.Add([known]));
        Assert.False(model.TryRemove([other]));
        Assert.Equal(1, model.RowCount);
        Assert.Equal(1, model.Counters.Absent);
    }

    [Fact]
    public void A_vector_of_another_width_is_the_callers_mistake()
    {
        var model = new MicroClusterModel(new FeatureSpace(128, FeatureMapping.Hashed, Seed), new MicroClusterOptions());
        Assert.Throws<ArgumentException>(() => model.Observe([1UL], 1, Timestamp.Zero));
    }

    [Fact]
    public void Who_cannot_know_the_secret_cannot_choose_features_that_share_a_bit()
    {
        byte[][] names = [.. Enumerable.Range(0, 64).Select(i => BitConverter.GetBytes(i * 7919))];
        int[][] bits = [.. Enumerable.Range(1, 8).Select(key =>
        {
            var space = new FeatureSpace(4096, FeatureMapping.Hashed, new HashSeed((ulong)key, 99));
            return names.Select(name => space.Map(FeatureKind.File, name)).ToArray();
        })];
        // Names that meet under one secret are apart under others.
        Assert.All(bits, mapping => Assert.InRange(mapping.Distinct().Count(), 58, 64));
        Assert.Equal(8, bits.Select(mapping => string.Join(',', mapping)).Distinct().Count());
    }

    [Fact]
    public void A_hub_that_a_hundred_thousand_machines_may_reach_costs_its_edges_and_not_their_square()
    {
        const int machines = 100_000;
        (SegmentationGraph graph, SlotHandle[] all, _) = Machines(machines);
        PeerEdge[] everybody = [.. all.Skip(1).Select(machine => new PeerEdge(machine))];
        Assert.True(graph.SetPeers(all[0], everybody));
        var solver = new QuotientSolver(graph);
        Assert.True(solver.Solve().Converged);
        SolveResult update = solver.Update([all[5]]);
        Assert.InRange(update.Evaluations, 1, 2);
    }

    [Fact]
    public void Without_peers_a_coupled_attribute_takes_its_neutral_value()
    {
        (SegmentationGraph graph, SlotHandle[] all, QuotientAttribute own) = Machines(1);
        Assert.True(graph.SetAttribute(all[0], own, 0.5));
        var solver = new QuotientSolver(graph);
        _ = solver.Solve();
        Assert.Equal(100 * (0.6 * 0.5 + 0.4 * 1), solver.QuotientOf(all[0]), 9);
    }

    [Fact]
    public void A_machine_that_praises_itself_gains_no_more_than_its_word_is_worth()
    {
        var builder = new QuotientModelBuilder { MaxSelfReported = 0.1 };
        EntityType type = builder.AddType("machine");
        QuotientAttribute measured = builder.AddAttribute(builder.AddFeature(type, "measured", 0.9), "covered", AttributeFunction.Identity, 0, 1);
        QuotientAttribute claimed = builder.AddAttribute(builder.AddFeature(type, "claimed", 0.1), "agent says", AttributeFunction.Identity, 0, 1, isSelfReported: true);
        var graph = new SegmentationGraph(builder.Build(), 2);
        SlotHandle liar = graph.Add(type, SlotHandle.None);
        Assert.True(graph.SetAttribute(liar, measured, 0));
        Assert.True(graph.SetAttribute(liar, claimed, 1e300));
        var solver = new QuotientSolver(graph);
        _ = solver.Solve();
        Assert.Equal(10, solver.QuotientOf(liar), 9);
    }

    [Fact]
    public void A_rule_set_that_flips_with_every_tick_is_bounded_work_with_an_honest_bound()
    {
        (SegmentationGraph graph, SlotHandle[] all, _) = Machines(1000);
        for (int i = 0; i < all.Length; i++)
        {
            _ = graph.SetPeers(all[i], [new PeerEdge(all[(i + 1) % all.Length]), new PeerEdge(all[(i + 7) % all.Length])]);
        }

        var solver = new QuotientSolver(graph);
        _ = solver.Solve();
        for (int tick = 0; tick < 100; tick++)
        {
            _ = graph.SetPeers(all[0], tick % 2 == 0 ? [] : [new PeerEdge(all[1])]);
            SolveResult result = solver.Update([all[0]], tolerance: 1e-12, maxEvaluations: 5);
            Assert.InRange(result.Evaluations, 1, 5);
            Assert.True(result.Converged || result.ErrorBound == 1);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void The_wide_sums_are_the_scalar_ones_to_the_last_bit_whatever_the_columns_and_rows()
    {
        Assert.SkipUnless(WideScoring.IsSupported, "this processor has no 512-bit registers");
        var random = new Random(3);
        for (int round = 0; round < 60; round++)
        {
            int columns = random.Next(1, 14);
            var schema = new HoloEntropySchema(Seed);
            int[] values = new int[columns];
            for (int i = 0; i < columns; i++)
            {
                values[i] = random.Next(3) == 0 ? random.Next(20, 200) : random.Next(1, 15);
                AttributeId attribute = schema.AddAttribute($"a{i}", values[i]);
                for (int value = 0; value < values[i]; value++)
                {
                    _ = schema.Intern(attribute, BitConverter.GetBytes(value));
                }
            }

            ushort[] rows = [.. Enumerable.Range(0, columns * random.Next(0, 70)).Select(i => (ushort)random.Next(0, values[i % columns] + 1))];
            var model = new HoloEntropyModel(schema);
            for (int row = 0; row < rows.Length; row += columns)
            {
                _ = model.Add(rows.AsSpan(row, columns));
            }

            HoloEntropySnapshot snapshot = model.Publish(new HoloEntropyOptions());
            double[] wide = new double[rows.Length / columns];
            double[] scalar = new double[wide.Length];
            snapshot.ScoreBatch(rows, wide);
            snapshot.ScoreFrom(0, rows, scalar);
            Assert.Equal(scalar, wide);
        }
    }

    private static (SegmentationGraph Graph, SlotHandle[] All, QuotientAttribute Own) Machines(int count)
    {
        var builder = new QuotientModelBuilder();
        EntityType type = builder.AddType("machine");
        QuotientFeature feature = builder.AddFeature(type, "policy", 1);
        QuotientAttribute own = builder.AddAttribute(feature, "own", AttributeFunction.Identity, 0, 0.6);
        _ = builder.AddCoupled(feature, "peers", Coupling.MeanOfPeers, 0.4);
        var graph = new SegmentationGraph(builder.Build(), count);
        return (graph, [.. Enumerable.Range(0, count).Select(_ => graph.Add(type, SlotHandle.None))], own);
    }
}
