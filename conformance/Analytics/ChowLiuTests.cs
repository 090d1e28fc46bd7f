using Weft.Analytics;
using Weft.Conformance.Support;
using static Weft.Conformance.AnalyticsTests.HoloEntropyData;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>The tree of dependencies beside one computed elsewhere, and beside what a tree has to be.</summary>
public sealed class ChowLiuTests
{
    [Theory]
    [InlineData("votes")]
    [InlineData("zoo")]
    [InlineData("wdbc")]
    [InlineData("wine")]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Public_data_sets_rank_as_computed_elsewhere(string name)
    {
        (HoloEntropyModel model, ushort[] rows, bool[] isOutlier) = Load($"{name}.csv");
        int columns = model.Schema.ColumnCount;
        var tree = ChowLiuTree.Learn(rows, columns);
        double[] surprisals = [.. rows.Chunk(columns).Select(row => tree.SurprisalOf(row))];
        Assert.Equal(Vectors.GetProperty(name).GetProperty("chowLiu").GetDouble(), Auc(surprisals, isOutlier), 1e-9);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_chain_of_dependencies_is_found_and_a_pair_that_never_met_is_the_most_surprising()
    {
        var random = new Random(5);
        ushort[] rows = [.. Enumerable.Range(0, 2000).SelectMany(_ =>
        {
            // 0 and 2 depend on 1, noise on nobody.
            int middle = random.Next(4);
            return new[] { (ushort)(1 + (middle ^ (random.Next(10) == 0 ? 2 : 0))), (ushort)(1 + middle), (ushort)(1 + middle / 2), (ushort)(1 + random.Next(4)) };
        })];
        var tree = ChowLiuTree.Learn(rows, 4);
        Assert.Equal([(0, 1), (1, 2)], tree.Edges.Take(2).Select(edge => (edge.First.Index, edge.Second.Index)).Order());
        Assert.Equal(3, tree.Edges.Count);
        Assert.Equal((-1, 0, 1), (tree.Above(new AttributeId(0)), tree.Above(new AttributeId(1)), tree.Above(new AttributeId(2))));

        // Each value is as common as the others; only the pair is impossible.
        double ordinary = rows.Chunk(4).Max(row => tree.SurprisalOf(row));
        ushort[] planted = [1, 1, 2, 1];
        Assert.True(tree.SurprisalOf(planted) > ordinary);
        Assert.Equal(tree.SurprisalOf(planted), Enumerable.Range(0, 4).Sum(i => tree.SurprisalOf(planted, new AttributeId(i))), 12);
        Assert.True(tree.SurprisalOf(planted, new AttributeId(2)) > 5);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Probabilities_of_a_value_beside_any_other_sum_to_one_with_what_is_left_for_the_unseen()
    {
        (HoloEntropyModel model, ushort[] rows, _) = Load("zoo.csv");
        int columns = model.Schema.ColumnCount;
        var tree = ChowLiuTree.Learn(rows, columns);
        for (int attribute = 0; attribute < columns; attribute++)
        {
            ushort[] values = [.. rows.Where((_, at) => at % columns == attribute).Distinct(), 999];
            foreach (ushort[] row in rows.Chunk(columns).Take(20).Append([.. Enumerable.Repeat((ushort)999, columns)]))
            {
                ushort[] changed = [.. row];
                double sum = values.Sum(value =>
                {
                    changed[attribute] = value;
                    return Math.Exp(-tree.SurprisalOf(changed, new AttributeId(attribute)));
                });
                Assert.Equal(1, sum, 9);
            }
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Asking_a_tree_allocates_nothing()
    {
        (HoloEntropyModel model, ushort[] rows, _) = Load("zoo.csv");
        int columns = model.Schema.ColumnCount;
        var tree = ChowLiuTree.Learn(rows, columns);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _ = tree.SurprisalOf(rows.AsSpan(i % 100 * columns, columns));
            }
        }));
        Assert.Throws<ArgumentException>(() => tree.SurprisalOf(rows.AsSpan(0, 3)));
        Assert.Throws<ArgumentException>(() => ChowLiuTree.Learn([], 3));
        Assert.Throws<ArgumentException>(() => ChowLiuTree.Learn(rows.AsSpan(0, 5), 3));
    }
}
