using FsCheck;
using FsCheck.Fluent;
using Weft.Analytics;
using Weft.Conformance.Support;
using static Weft.Conformance.AnalyticsTests.HoloEntropyData;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>Laws of holo-entropy, on small random tables.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class HoloEntropyPropertyTests
{
    private const int Attributes = 3;

    private static readonly Config Quick = Chance.Of(200).WithEndSize(40);

    /// <summary>Rows of three attributes with few values; a shrunken table has one row less.</summary>
    private static readonly Arbitrary<int[][]> Tables = Arb.From(
        Gen.Choose(0, 4).ArrayOf(Attributes).NonEmptyListOf().Select(rows => rows.ToArray()),
        rows => rows.Length == 1 ? [] : Enumerable.Range(0, rows.Length).Select(skip => rows.Where((_, at) => at != skip).ToArray()));

    [Fact]
    public void The_closed_form_of_a_removal_is_the_removal()
    {
        Prop.ForAll(Tables, table =>
        {
            (HoloEntropyModel model, ushort[] rows) = Build(table);
            double[] factors = new double[table.Length];
            var options = new HoloEntropyOptions();
            int bound = OutlierSearch.Factors(model, rows, options, factors);
            double tau = new MemberFactors(model, options).Bound;
            double[] weights = [.. Columns(table).Select(column => Weight(NaiveEntropy(column)))];
            bool agrees = true;
            for (int i = 0; i < table.Length && table.Length > 1; i++)
            {
                int[][] rest = [.. table.Where((_, at) => at != i)];
                double fall = Columns(table).Zip(Columns(rest), weights).Sum(part => part.Third * (NaiveEntropy(part.First) - NaiveEntropy(part.Second)));
                agrees &= Math.Abs(fall - (factors[i] - tau) / (table.Length - 1)) < 1e-12;
            }

            return agrees && bound <= table.Length;
        }).Check(Quick);
    }

    [Fact]
    public void A_new_alarm_scores_as_the_last_row_of_the_larger_table()
    {
        Prop.ForAll(Tables, table =>
        {
            (HoloEntropyModel model, _) = Build(table[..^1], table);
            (HoloEntropyModel larger, ushort[] rows) = Build(table);
            double[] factors = new double[table.Length];
            _ = OutlierSearch.Factors(larger, rows, new HoloEntropyOptions(), factors);
            return Math.Abs(model.Publish(new HoloEntropyOptions()).Score(rows.AsSpan()[^Attributes..]).OutlierFactor - factors[^1]) < 1e-12;
        }).Check(Quick);
    }

    [Fact]
    public void Factors_are_at_most_zero_and_zero_only_without_a_repeated_value()
    {
        Prop.ForAll(Tables, table =>
        {
            (HoloEntropyModel model, ushort[] rows) = Build(table);
            double[] factors = new double[table.Length];
            _ = OutlierSearch.Factors(model, rows, new HoloEntropyOptions(), factors);
            return table.Zip(factors).All(pair =>
                pair.Second <= 0 && pair.Second == 0 == Enumerable.Range(0, Attributes).All(j => table.Count(row => row[j] == pair.First[j]) == 1));
        }).Check(Quick);
    }

    [Fact]
    public void Order_of_rows_and_names_of_values_do_not_matter()
    {
        Prop.ForAll(Tables, Gen.Choose(1, 1000).ToArbitrary(), (table, salt) =>
        {
            var random = new Random(salt);
            int[] order = [.. Enumerable.Range(0, table.Length)];
            random.Shuffle(order);
            int[][] other = [.. order.Select(row => table[row].Select(value => value * 31 + salt).ToArray())];
            double[] left = Factors(table);
            double[] right = Factors(other);
            return order.Select((row, at) => left[row] == right[at]).All(same => same);
        }).Check(Quick);
    }

    [Fact]
    public void Removing_what_was_added_leaves_the_same_bits()
    {
        Prop.ForAll(Tables, Tables, (table, visitors) =>
        {
            (HoloEntropyModel model, ushort[] rows) = Build(table, [.. table, .. visitors]);
            ulong[] before = Bits(model);
            ushort[] guests = Encode(model.Schema, visitors);
            for (int i = 0; i < visitors.Length; i++)
            {
                _ = model.Add(guests.AsSpan(i * Attributes, Attributes), i + 1);
            }

            bool changed = model.RowCount != rows.Length / Attributes;
            for (int i = 0; i < visitors.Length; i++)
            {
                changed &= model.TryRemove(guests.AsSpan(i * Attributes, Attributes), i + 1);
            }

            return changed && before.SequenceEqual(Bits(model));
        }).Check(Quick);
    }

    [Fact]
    public void Merging_is_commutative_and_equals_adding_all_rows_bit_for_bit()
    {
        Prop.ForAll(Tables, Tables, (left, right) =>
        {
            HoloEntropySchema schema = Schema(Attributes);
            var models = new HoloEntropyModel[5];
            for (int i = 0; i < models.Length; i++)
            {
                models[i] = new HoloEntropyModel(schema);
            }

            Add(models[0], left);
            Add(models[1], right);
            Add(models[2], [.. right, .. left]);
            _ = models[3].Merge(models[0]) && models[3].Merge(models[1]);
            _ = models[4].Merge(models[1]) && models[4].Merge(models[0]);
            return Bits(models[2]).SequenceEqual(Bits(models[3])) && Bits(models[2]).SequenceEqual(Bits(models[4]));
        }).Check(Quick);
    }

    [Fact]
    public void A_window_holds_its_last_rows()
    {
        Prop.ForAll(Tables, Gen.Choose(1, 12).ToArbitrary(), (table, capacity) =>
        {
            HoloEntropySchema schema = Schema(Attributes);
            var window = new HoloEntropyWindow(schema, capacity);
            foreach (int[] row in table)
            {
                _ = window.Add(Encode(schema, [row]));
            }

            var last = new HoloEntropyModel(schema);
            Add(last, [.. table.TakeLast(capacity)]);
            return Bits(window.Model).SequenceEqual(Bits(last)) && window.Count == Math.Min(capacity, table.Length);
        }).Check(Quick);
    }

    [Fact]
    public void Step_by_step_with_unit_weights_is_the_greedy_search_for_the_largest_fall_of_entropy()
    {
        Prop.ForAll(Tables, table =>
        {
            (HoloEntropyModel model, ushort[] rows) = Build(table);
            int[] order = OutlierSearch.StepByStep(model, rows, new HoloEntropyOptions { Weighted = false }, table.Length);
            var left = Enumerable.Range(0, table.Length).ToList();
            bool agrees = true;
            foreach (int taken in order)
            {
                // Of all rows that could be taken, none would leave less disorder behind.
                double After(int row) => Columns([.. left.Where(at => at != row).Select(at => table[at])]).Sum(NaiveEntropy);
                agrees &= left.Intersect(order).All(row => After(taken) <= After(row) + 1e-9);
                _ = left.Remove(taken);
            }

            return agrees;
        }).Check(Quick);
    }

    [Fact]
    public void Scores_lie_in_the_range_of_their_verdict_and_batches_agree_with_single_rows()
    {
        Gen<HoloEntropyOptions> options =
            from rule in Gen.Choose(0, 2)
            from rate in Gen.Choose(1, 50)
            from b in Gen.Choose(1, 99)
            from weighted in Gen.Choose(0, 1)
            select new HoloEntropyOptions { Rule = (OutlierRule)rule, FalseAlarmRate = rate / 100.0, AbnormalFrom = b, Weighted = weighted == 1, LogBase = 2 };
        Prop.ForAll(Tables, Tables, options.ToArbitrary(), (table, alarms, how) =>
        {
            (HoloEntropyModel model, ushort[] rows) = Build(table, [.. table, .. alarms]);
            HoloEntropySnapshot snapshot = model.Publish(how, rows);
            ushort[] codes = Encode(model.Schema, alarms);
            double[] factors = new double[alarms.Length];
            snapshot.ScoreBatch(codes, factors);
            bool agrees = true;
            for (int i = 0; i < alarms.Length; i++)
            {
                AlarmScore score = snapshot.Score(codes.AsSpan(i * Attributes, Attributes));
                agrees &= score.OutlierFactor == factors[i] && score.PValue is > 0 and <= 1;
                agrees &= score.IsOutlier ? score.Score >= how.AbnormalFrom && score.Score <= 100 : score.Score >= 0 && score.Score < how.AbnormalFrom;
                agrees &= how.Rule != OutlierRule.Conformal || model.RowCount < 2 || score.IsOutlier == score.PValue <= how.FalseAlarmRate;
            }

            return agrees;
        }).Check(Quick);
    }

    [Fact]
    public void A_rarer_value_never_scores_lower()
    {
        Prop.ForAll(Tables, table =>
        {
            (HoloEntropyModel model, _) = Build(table);
            HoloEntropySnapshot snapshot = model.Publish(new HoloEntropyOptions { Weighted = false });
            bool monotone = true;
            for (ushort a = 0; a <= model.Schema.ValueCount(new AttributeId(0)); a++)
            {
                for (ushort b = 0; b <= model.Schema.ValueCount(new AttributeId(0)); b++)
                {
                    long left = a == 0 ? 0 : model.CountOf(new AttributeId(0), a);
                    long right = b == 0 ? 0 : model.CountOf(new AttributeId(0), b);
                    monotone &= left >= right || snapshot.Score([a, 1, 1]).OutlierFactor >= snapshot.Score([b, 1, 1]).OutlierFactor;
                }
            }

            return monotone;
        }).Check(Quick);
    }

    [Fact]
    public void The_false_alarm_rate_is_what_was_stated()
    {
        const double Rate = 0.05;
        const int Splits = 60;
        const int Tested = 200;
        var random = new Random(20);
        int alarms = 0;
        for (int split = 0; split < Splits; split++)
        {
            int[][] table = [.. Enumerable.Range(0, 600).Select(_ => Enumerable.Range(0, Attributes).Select(_ => (int)(8 * random.NextDouble() * random.NextDouble())).ToArray())];
            (HoloEntropyModel model, _) = Build(table[..200], table);
            var options = new HoloEntropyOptions { FalseAlarmRate = Rate, Calibration = CalibrationKind.HeldOut };
            HoloEntropySnapshot snapshot = model.Publish(options, Encode(model.Schema, table[200..400]));
            alarms += table[400..].Count(row => snapshot.Score(Encode(model.Schema, [row])).IsOutlier);
        }

        // The splits' thresholds vary too: twice the binomial deviation covers both.
        double sigma = 2 * Math.Sqrt(Rate * (1 - Rate) / (Splits * Tested));
        Assert.InRange((double)alarms / (Splits * Tested), 0.001, Rate + 3 * sigma);
    }

    private static double[] Factors(int[][] table)
    {
        (HoloEntropyModel model, ushort[] rows) = Build(table);
        double[] factors = new double[table.Length];
        _ = OutlierSearch.Factors(model, rows, new HoloEntropyOptions(), factors);
        return factors;
    }

    private static (HoloEntropyModel Model, ushort[] Rows) Build(int[][] table, int[][]? vocabulary = null)
    {
        var model = new HoloEntropyModel(Schema(Attributes));
        _ = Encode(model.Schema, vocabulary ?? table);
        return (model, Add(model, table));
    }

    private static ushort[] Add(HoloEntropyModel model, int[][] table)
    {
        ushort[] rows = Encode(model.Schema, table);
        for (int i = 0; i < table.Length; i++)
        {
            Assert.True(model.Add(rows.AsSpan(i * Attributes, Attributes)));
        }

        return rows;
    }

    private static ushort[] Encode(HoloEntropySchema schema, int[][] table) =>
        [.. table.SelectMany(row => row.Select((value, at) => schema.Intern(new AttributeId(at), BitConverter.GetBytes(value))))];

    private static ulong[] Bits(HoloEntropyModel model) =>
        [.. Enumerable.Range(0, Attributes).SelectMany(i => new[] { (ulong)model.SumOf(i), (ulong)(model.SumOf(i) >> 64), (ulong)model.RowCount })];

    private static int[][] Columns(int[][] table) => [.. Enumerable.Range(0, Attributes).Select(j => table.Select(row => row[j]).ToArray())];

    private static double NaiveEntropy(int[] values) =>
        -values.GroupBy(value => value).Sum(group => (double)group.Count() / values.Length * Math.Log((double)group.Count() / values.Length));

    private static double Weight(double entropy) => 2 - 2 / (1 + Math.Exp(-entropy));
}
