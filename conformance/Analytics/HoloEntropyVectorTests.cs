using System.Globalization;
using System.Text.Json;
using Weft.Analytics;
using Weft.Conformance.Support;
using static Weft.Conformance.AnalyticsTests.HoloEntropyData;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>Holo-entropy beside numbers computed by definition elsewhere.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class HoloEntropyVectorTests
{
    private static readonly HoloEntropyOptions UpperBound = new() { Rule = OutlierRule.UpperBound };

    [Fact]
    public void Delta_keeps_fifteen_digits_up_to_two_to_the_forty()
    {
        foreach (JsonProperty pair in Vectors.GetProperty("delta").EnumerateObject())
        {
            double expected = pair.Value.GetDouble();
            double actual = Entropy.Delta(long.Parse(pair.Name, CultureInfo.InvariantCulture));
            Assert.True(Math.Abs(actual - expected) <= 4e-15 * Math.Abs(expected), $"delta({pair.Name}) is {actual:R}, not {expected:R}");
        }
    }

    [Fact]
    public void Weights_follow_the_reverse_sigmoid()
    {
        Assert.Equal(1, Entropy.Weight(0));
        Assert.Equal(0.755081338, Entropy.Weight(0.5), 1e-9);
        Assert.Equal(0.537882843, Entropy.Weight(1), 1e-9);
        Assert.Equal(0.238405844, Entropy.Weight(2), 1e-9);
        Assert.Equal(0.013385702, Entropy.Weight(5), 1e-9);
    }

    [Fact]
    public void The_worked_set_has_the_entropies_factors_and_outliers_of_the_definition()
    {
        (HoloEntropyModel model, ushort[] rows) = Worked();
        JsonElement expected = Vectors.GetProperty("worked");
        AssertClose(Doubles(expected.GetProperty("entropies")), [.. Enumerable.Range(0, 4).Select(i => model.EntropyOf(new AttributeId(i)))]);
        double[] factors = new double[8];
        Assert.Equal(3, OutlierSearch.Factors(model, rows, UpperBound, factors));
        AssertClose(Doubles(expected.GetProperty("factors")), factors);
        Assert.Equal(expected.GetProperty("tau").GetDouble(), new MemberFactors(model, UpperBound).Bound, 1e-12);
        Assert.Equal(Integers(expected.GetProperty("stepByStep")), OutlierSearch.StepByStep(model, rows, UpperBound, 8));
    }

    [Fact]
    public void A_new_alarm_scores_as_if_it_had_been_added()
    {
        (HoloEntropyModel model, _) = Worked();
        HoloEntropySnapshot snapshot = model.Publish(UpperBound);
        var parts = new AttributeContribution[4];
        foreach (JsonElement alarm in Vectors.GetProperty("new").EnumerateArray())
        {
            ushort[] row = Encode(snapshot.Schema, alarm.GetProperty("alarm").GetString()!, learn: false);
            AlarmScore score = snapshot.Score(row);
            double[] drops = Doubles(alarm.GetProperty("drops"));
            Assert.Equal(alarm.GetProperty("factor").GetDouble(), score.OutlierFactor, 1e-12);
            Assert.Equal(4, snapshot.Explain(row, parts));
            AssertClose(drops, [.. parts.Select(part => part.EntropyDrop)]);
            Assert.Equal(drops.Sum() > 0, score.IsOutlier);
            Assert.Equal(score.OutlierFactor, parts.Sum(part => part.Factor), 1e-12);
        }
    }

    [Theory]
    [InlineData("breast-w", "weighted")]
    [InlineData("breast-w", "unweighted")]
    [InlineData("soybean", "weighted")]
    [InlineData("soybean", "unweighted")]
    [InlineData("votes", "weighted")]
    [InlineData("votes", "unweighted")]
    [InlineData("zoo", "weighted")]
    [InlineData("zoo", "unweighted")]
    [InlineData("wdbc", "weighted")]
    [InlineData("wdbc", "unweighted")]
    [InlineData("wine", "weighted")]
    [InlineData("wine", "unweighted")]
    public void Public_data_sets_rank_as_published(string name, string weights)
    {
        (HoloEntropyModel model, ushort[] rows, bool[] isOutlier) = Load($"{name}.csv");
        JsonElement expected = Vectors.GetProperty(name).GetProperty(weights);
        HoloEntropyOptions options = UpperBound with { Weighted = weights == "weighted" };
        double[] factors = new double[isOutlier.Length];
        Assert.Equal(expected.GetProperty("bound").GetInt32(), OutlierSearch.Factors(model, rows, options, factors));
        Assert.Equal(expected.GetProperty("auc").GetDouble(), Auc(factors, isOutlier), 1e-9);
    }

    /// <summary>Reproductions that are known from elsewhere, to the digits that are known.</summary>
    [Theory]
    [InlineData("breast-w", true, 0.991395, 126)]
    [InlineData("breast-w", false, 0.992781, 124)]
    [InlineData("soybean", true, 1.0, 222)]
    public void Known_reproductions_have_this_area_and_this_many_candidates(string name, bool weighted, double area, int candidates)
    {
        (HoloEntropyModel model, ushort[] rows, bool[] isOutlier) = Load($"{name}.csv");
        double[] factors = new double[isOutlier.Length];
        Assert.Equal(candidates, OutlierSearch.Factors(model, rows, UpperBound with { Weighted = weighted }, factors));
        Assert.Equal(area, Auc(factors, isOutlier), 6);
    }

    [Theory]
    [InlineData("breast-w")]
    [InlineData("soybean")]
    [InlineData("votes")]
    [InlineData("wdbc")]
    public void Without_weights_rows_rank_nearly_as_by_their_summed_surprisal_which_is_the_histogram_score(string name)
    {
        (HoloEntropyModel model, ushort[] rows, bool[] isOutlier) = Load($"{name}.csv");
        double[] factors = new double[isOutlier.Length];
        _ = OutlierSearch.Factors(model, rows, UpperBound with { Weighted = false }, factors);
        int columns = model.Schema.ColumnCount;
        double[] surprisals = [.. rows.Chunk(columns).Select(row => row.Select((code, i) => -Math.Log((double)model.CountOf(new AttributeId(i), code) / model.RowCount)).Sum())];
        Assert.Equal(Auc(surprisals, isOutlier), Auc(factors, isOutlier), 3e-3);
    }

    [Theory]
    [InlineData("weighted", new[] { 4, 8, 15, 22, 28, 32, 37, 39 })]
    [InlineData("unweighted", new[] { 4, 8, 15, 22, 29, 33, 37, 39 })]
    public void Step_by_step_finds_the_malignant_cases_that_the_greedy_algorithm_is_known_to_find(string weights, int[] found)
    {
        (HoloEntropyModel model, ushort[] rows, bool[] isOutlier) = Load("breast-w.csv");
        int[] order = OutlierSearch.StepByStep(model, rows, UpperBound with { Weighted = weights == "weighted" }, 56);
        int[] at = [4, 8, 16, 24, 32, 40, 48, 56];
        Assert.Equal(found, at.Select(count => order[..count].Count(row => isOutlier[row])));
        Assert.Equal(Integers(Vectors.GetProperty("breast-w").GetProperty(weights).GetProperty("stepByStep")), order);
    }

    [Fact]
    public void Single_pass_finds_the_malignant_cases_of_the_definition()
    {
        (HoloEntropyModel model, ushort[] rows, bool[] isOutlier) = Load("breast-w.csv");
        int[] order = OutlierSearch.SinglePass(model, rows, UpperBound, 56);
        int[] at = [4, 8, 16, 24, 32, 40, 48, 56];
        Assert.Equal([4, 8, 15, 21, 27, 33, 36, 39], at.Select(count => order[..count].Count(row => isOutlier[row])));
    }

    private static (HoloEntropyModel Model, ushort[] Rows) Worked()
    {
        HoloEntropySchema schema = Schema(4);
        var model = new HoloEntropyModel(schema);
        string[] rows = [.. Vectors.GetProperty("worked").GetProperty("rows").EnumerateArray().Select(row => row.GetString()!)];
        return (model, Learn(schema, model, rows));
    }

    private static void AssertClose(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }
}
