using System.Globalization;
using System.Text;
using System.Text.Json;
using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>Rows, schemas and the vectors that Vectors/make_vectors.py computes by definition.</summary>
internal static class HoloEntropyData
{
    public static readonly HashSeed Seed = new(1, 2);

    public static JsonElement Vectors { get; } =
        JsonDocument.Parse(File.ReadAllText(Repository.File("conformance/Analytics/Vectors/holo-entropy.json"))).RootElement;

    /// <summary>A schema of plain attributes.</summary>
    public static HoloEntropySchema Schema(int attributes, int maxValues = 200)
    {
        var schema = new HoloEntropySchema(Seed);
        for (int i = 0; i < attributes; i++)
        {
            _ = schema.AddAttribute($"a{i}", maxValues);
        }

        return schema;
    }

    /// <summary>Interns rows of words.</summary>
    public static ushort[] Learn(HoloEntropySchema schema, HoloEntropyModel model, params string[] rows)
    {
        var all = new List<ushort>();
        foreach (string row in rows)
        {
            ushort[] codes = Encode(schema, row, learn: true);
            Assert.True(model.Add(codes));
            all.AddRange(codes);
        }

        return [.. all];
    }

    public static ushort[] Encode(HoloEntropySchema schema, string row, bool learn)
    {
        ushort[] codes = new ushort[schema.ColumnCount];
        string[] values = row.Split(' ');
        for (int i = 0; i < values.Length; i++)
        {
            byte[] value = Encoding.UTF8.GetBytes(values[i]);
            codes[i] = learn ? schema.Intern(new AttributeId(i), value) : schema.Find(new AttributeId(i), value);
        }

        schema.Complete(codes, learn);
        return codes;
    }

    /// <summary>A public data set as (model, rows, which rows are outliers).</summary>
    public static (HoloEntropyModel Model, ushort[] Rows, bool[] IsOutlier) Load(string file)
    {
        int[][] table = [.. File.ReadLines(Repository.File($"conformance/Analytics/Vectors/{file}"))
            .Select(line => line.Split(',').Select(cell => int.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
        HoloEntropySchema schema = Schema(table[0].Length - 1);
        var model = new HoloEntropyModel(schema);
        ushort[] rows = Learn(schema, model, [.. table.Select(row => string.Join(' ', row[..^1]))]);
        return (model, rows, [.. table.Select(row => row[^1] == 1)]);
    }

    public static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetDouble())];

    public static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt32())];

    /// <summary>Area under the ROC curve: the chance that an outlier scores above an ordinary row, ties counting half.</summary>
    public static double Auc(double[] scores, bool[] isOutlier)
    {
        double wins = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            for (int j = 0; isOutlier[i] && j < scores.Length; j++)
            {
                if (!isOutlier[j])
                {
                    double difference = scores[i] - scores[j];
                    wins += Math.Abs(difference) < 1e-12 ? 0.5 : difference > 0 ? 1 : 0;
                }
            }
        }

        double outliers = isOutlier.Count(value => value);
        return wins / (outliers * (scores.Length - outliers));
    }
}
