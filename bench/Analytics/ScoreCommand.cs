using System.Globalization;
using Weft.Analytics;
using Weft.Packets;

namespace Weft.Bench.Analytics;

/// <summary>
/// The command <c>scores FOLDER</c>: for each table of codes NAME.csv there, the last column being the class, writes NAME.scores with
/// weighted and unweighted outlier factor and surprisal of each row. What others make of the same rows is up to who asked.
/// </summary>
internal static class ScoreCommand
{
    public static int Run(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.csv"))
        {
            ushort[][] table = [.. File.ReadLines(path).Select(line => line.Split(',')[..^1].Select(cell => ushort.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
            double[][] scores = ScoresOf(table);
            File.WriteAllLines(Path.ChangeExtension(path, "scores"), Enumerable.Range(0, table.Length).Select(row => string.Join(' ', scores.Select(of => of[row].ToString("R", CultureInfo.InvariantCulture)))));
        }

        return 0;
    }

    private static double[][] ScoresOf(ushort[][] table)
    {
        var schema = new HoloEntropySchema(new HashSeed(1, 2));
        AttributeId[] attributes = [.. table[0].Select((_, i) => schema.AddAttribute($"a{i}", 1000))];
        var model = new HoloEntropyModel(schema);
        var rows = new List<ushort>();
        foreach (ushort[] values in table)
        {
            ushort[] row = [.. values.Select((value, i) => schema.Intern(attributes[i], BitConverter.GetBytes(value)))];
            _ = model.Add(row);
            rows.AddRange(row);
        }

        double[] weighted = new double[table.Length];
        double[] plain = new double[table.Length];
        _ = OutlierSearch.Factors(model, rows.ToArray(), new HoloEntropyOptions { Rule = OutlierRule.UpperBound }, weighted);
        _ = OutlierSearch.Factors(model, rows.ToArray(), new HoloEntropyOptions { Rule = OutlierRule.UpperBound, Weighted = false }, plain);
        var tree = ChowLiuTree.Learn(rows.ToArray(), attributes.Length);
        return [weighted, plain, [.. rows.Chunk(attributes.Length).Select(row => tree.SurprisalOf(row))]];
    }
}
