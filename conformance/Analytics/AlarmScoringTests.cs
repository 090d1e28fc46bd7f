using System.Text;
using Weft.Analytics;
using Weft.Conformance.Support;
using static Weft.Conformance.AnalyticsTests.HoloEntropyData;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>Composites, ensembles, intended states, and what hostile input cannot do.</summary>
public sealed class AlarmScoringTests
{
    private static readonly string[] Web = [.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? "nginx 443" : "postgres 5432")];

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_pair_that_never_occurs_is_invisible_without_a_composite_and_on_top_with_one()
    {
        double without = PlantedAuc(composite: false);
        double with = PlantedAuc(composite: true);
        Assert.InRange(without, 0.3, 0.7);
        Assert.Equal(1, with);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Mutual_information_proposes_the_attributes_that_belong_together()
    {
        var random = new Random(3);
        ushort[] rows = [.. Enumerable.Range(0, 500).SelectMany(_ =>
        {
            ushort process = (ushort)random.Next(1, 6);
            return new[] { process, (ushort)random.Next(1, 6), (ushort)(process * 7) };
        })];
        AttributePair[] pairs = CompositeSearch.ByMutualInformation(rows, 3, 2);
        Assert.Equal((0, 2), (pairs[0].First.Index, pairs[0].Second.Index));
        Assert.InRange(pairs[0].MutualInformation, 1.5, Math.Log(5) + 1e-9);
        Assert.InRange(pairs[1].MutualInformation, 0, 0.1);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_explanation_names_the_odd_feature_and_what_was_expected()
    {
        HoloEntropySchema schema = Schema(2);
        var model = new HoloEntropyModel(schema);
        ushort[] rows = Learn(schema, model, [.. Enumerable.Repeat("nginx 443", 50)]);
        HoloEntropySnapshot snapshot = model.Publish(new HoloEntropyOptions { FalseAlarmRate = 0.05 }, rows);
        ushort[] alarm = Encode(snapshot.Schema, "nginx 4444", learn: false);
        AlarmScore score = snapshot.Score(alarm);
        var parts = new AttributeContribution[2];
        _ = snapshot.Explain(alarm, parts);
        Assert.True(score.IsOutlier);
        Assert.Equal(1, score.TopAttribute.Index);
        Assert.Equal(0, parts[1].Count);
        Assert.True(snapshot.Schema.TryGetValue(parts[1].Attribute, parts[1].UsualCode, out ReadOnlySpan<byte> usual));
        Assert.Equal("443", Encoding.UTF8.GetString(usual));
        Assert.True(parts[1].Excess > 0 && parts[0].Excess == 0);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_ensemble_has_fewer_false_alarms_than_its_first_model_and_keeps_the_bad_rows_abnormal()
    {
        HoloEntropySchema schema = Schema(3);
        string[] rows = [.. Enumerable.Repeat("nginx 443 www", 200), .. Enumerable.Repeat("cron 0 root", 6), .. Enumerable.Repeat("backup 873 bak", 4)];
        ushort[] normal = [.. rows.SelectMany(row => Encode(schema, row, learn: true))];
        ushort[] bad = Encode(schema, "nginx 4444 eve", learn: true);
        var options = new HoloEntropyOptions { FalseAlarmRate = 0.04 };
        HoloEntropyEnsemble single = HoloEntropyEnsemble.Train(schema, options, normal, bad, 1);
        HoloEntropyEnsemble boosted = HoloEntropyEnsemble.Train(schema, options, normal, bad, 8);
        Assert.True(boosted.Count > 1);
        Assert.True(boosted.TrainingError < single.TrainingError, $"{boosted.TrainingError} is not below {single.TrainingError}");
        Assert.True(single.IsOutlier(bad) && boosted.IsOutlier(bad));
        Assert.All(Enumerable.Range(0, boosted.Count), model => Assert.InRange(boosted.RateOf(model), 0.01, 1));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_new_values_fills_nothing_when_scoring_and_a_bounded_table_when_learning()
    {
        var schema = new HoloEntropySchema(Seed);
        AttributeId name = schema.AddAttribute("name", 10);
        var model = new HoloEntropyModel(schema);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(0, schema.Find(name, BitConverter.GetBytes(i)));
        }

        Assert.Equal(0, schema.ValueCount(name));
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(model.Add([schema.Intern(name, BitConverter.GetBytes(i))]));
        }

        Assert.Equal(10, schema.ValueCount(name));
        Assert.Equal(990, schema.RefusedValues(name));
        // Values outside the table are all different: the disorder is that of a thousand different values.
        Assert.Equal(Math.Log(1000), model.EntropyOf(name), 1e-12);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Rows_of_another_shape_change_nothing_and_are_counted()
    {
        HoloEntropySchema schema = Schema(2);
        var model = new HoloEntropyModel(schema);
        _ = Learn(schema, model, "a b");
        Assert.False(model.Add([1]));
        Assert.False(model.Add([1, 9]));
        Assert.False(model.TryRemove([1, 9]));
        Assert.False(model.TryRemove([1, 1], weight: 2));
        Assert.False(model.Add([1, 1], long.MaxValue));
        Assert.Equal((3, 1, 1, 1), (model.Counters.Malformed, model.Counters.Absent, model.Counters.Saturated, model.RowCount));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void States_of_no_or_one_row_are_defined_and_nothing_is_ever_NaN()
    {
        HoloEntropySchema schema = Schema(2);
        var model = new HoloEntropyModel(schema);
        AlarmScore empty = model.Publish(new HoloEntropyOptions()).Score([0, 0]);
        Assert.Equal((0, 1, false), (empty.Score, empty.PValue, empty.IsOutlier));
        ushort[] row = Learn(schema, model, "a b");
        AlarmScore one = model.Publish(new HoloEntropyOptions(), row).Score(row);
        Assert.Equal((0, 1, false), (one.Score, one.PValue, one.IsOutlier));
        _ = model.Add(row, (1L << 40) - 1);
        foreach (OutlierRule rule in Enum.GetValues<OutlierRule>())
        {
            AlarmScore full = model.Publish(new HoloEntropyOptions { Rule = rule }, row).Score([0, 1]);
            Assert.True(double.IsFinite(full.Score) && double.IsFinite(full.OutlierFactor) && full.PValue is > 0 and <= 1);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_long_value_is_told_from_another_with_the_same_beginning()
    {
        HoloEntropySchema schema = Schema(1);
        byte[] value = new byte[5000];
        ushort first = schema.Intern(new AttributeId(0), value);
        value[4999] = 1;
        Assert.NotEqual(first, schema.Intern(new AttributeId(0), value));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void One_machine_that_repeats_itself_cannot_make_a_process_normal()
    {
        HoloEntropySchema schema = Schema(2);
        using var states = new IntendedStates(schema, new IntendedStatesOptions { Seed = Seed, RowsPerSource = 20, Sources = 4, Processes = 1 });
        byte[] process = "/usr/sbin/nginx"u8.ToArray();
        for (ulong machine = 0; machine < 3; machine++)
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal(LearnOutcome.Learned, states.Learn(process, Encode(schema, "nginx 443", learn: true), machine));
            }
        }

        ushort[] bad = Encode(schema, "nginx 4444", learn: true);
        Assert.Equal(LearnOutcome.SourceExhausted, states.Learn(process, bad, source: 2));
        int learned = Enumerable.Range(0, 10_000).Count(_ => states.Learn(process, bad, source: 3) == LearnOutcome.Learned);
        Assert.Equal(20, learned);
        Assert.Equal(LearnOutcome.TooManySources, states.Learn(process, bad, source: 4));
        Assert.Equal(LearnOutcome.TooManyProcesses, states.Learn("other"u8, bad, source: 0));
        Assert.Null(states.Find(process));
        states.Publish();
        HoloEntropySnapshot state = states.Find(process)!;
        Assert.Equal(80, state.RowCount);
        Assert.True(state.Score(bad).OutlierFactor > state.SmallestFactor);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Learning_scoring_and_forgetting_allocate_nothing()
    {
        HoloEntropySchema schema = Schema(2);
        _ = schema.AddComposite("pair", [new AttributeId(0), new AttributeId(1)], 100);
        var window = new HoloEntropyWindow(schema, 64);
        ushort[] row = Encode(schema, "nginx 443", learn: true);
        _ = window.Add(row);
        HoloEntropySnapshot snapshot = window.Model.Publish(new HoloEntropyOptions(), window.Rows);
        var parts = new AttributeContribution[3];
        double[] factors = new double[1];
        byte[] value = "443"u8.ToArray();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                row[1] = snapshot.Schema.Find(new AttributeId(1), value);
                schema.Complete(row, learn: true);
                _ = window.Add(row);
                _ = snapshot.Score(row);
                _ = snapshot.Explain(row, parts);
                snapshot.ScoreBatch(row, factors);
            }
        }));
    }

    private static double PlantedAuc(bool composite)
    {
        HoloEntropySchema schema = Schema(2);
        if (composite)
        {
            _ = schema.AddComposite("pair", [new AttributeId(0), new AttributeId(1)], 100);
        }

        var model = new HoloEntropyModel(schema);
        _ = Learn(schema, model, Web);
        HoloEntropySnapshot snapshot = model.Publish(new HoloEntropyOptions());
        string[] tested = [.. Web, "nginx 5432", "postgres 443"];
        double[] scores = [.. tested.Select(row => snapshot.Score(Encode(snapshot.Schema, row, learn: false)).OutlierFactor)];
        return Auc(scores, [.. tested.Select((_, at) => at >= Web.Length)]);
    }
}
