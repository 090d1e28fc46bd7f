using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Weft.Analytics;
using Weft.Conformance.Support;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>Distances, k-modes, features, and the numbers of the publications.</summary>
public sealed class BehaviorVectorTests
{
    private static readonly Config Quick = Chance.Of(200).WithEndSize(30);

    /// <summary>Vectors of 128 bits with few of them set, so that distances tie and vanish.</summary>
    private static readonly Gen<ulong[]> Vectors = Gen.Choose(0, 127).ArrayOf().Select(bits =>
    {
        ulong[] vector = new ulong[2];
        foreach (int bit in bits.Select(bit => bit < 64 ? bit % 8 : bit))
        {
            vector[bit >> 6] |= 1UL << bit;
        }

        return vector;
    });

    [Theory]
    [Trait(Kind.Key, Kind.Model)]
    [InlineData(0.25, 0.2, 10, 4)]
    [InlineData(0.01, 0.5, 2.5, 233)]
    [InlineData(1, 0.75, 2, 2)]
    public void The_period_of_pruning_is_DenStreams(double lambda, double beta, double mu, double period) =>
        Assert.Equal(period, MicroClusterOptions.PrunePeriod(lambda, beta, mu));

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void The_rarity_of_an_executable_scores_as_documented_for_Secure_Workload()
    {
        Assert.Equal(1.1415, ExecutableRarity.Score(0.001), 1e-4);
        Assert.Equal(15.8963, ExecutableRarity.Score(0.1), 1e-4);
        Assert.Equal(99, ExecutableRarity.Score(0.5), 1e-9);
        Assert.Equal(100, ExecutableRarity.Score(0.6));
        Assert.Equal((0, 100), (ExecutableRarity.Score(0.9, isFlagged: true, isBenign: false), ExecutableRarity.Score(0.1, isFlagged: false, isBenign: true)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Jaccard_is_a_metric()
    {
        Prop.ForAll(Vectors.Three().ToArbitrary(), three =>
        {
            (ulong[] a, ulong[] b, ulong[] c) = three;
            double ab = Jaccard(a, b);
            return ab == Jaccard(b, a) && ab is >= 0 and <= 1 && (ab == 0) == a.AsSpan().SequenceEqual(b) && ab <= Jaccard(a, c) + Jaccard(c, b) + 1e-12;
        }).Check(Quick);
        Assert.Equal(0, Jaccard([0, 0], [0, 0]));
        Assert.Equal(1, Jaccard([0, 0], [1, 0]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void The_pruned_search_finds_what_looking_at_every_vector_finds()
    {
        Prop.ForAll(Vectors.ToArbitrary(), Vectors.NonEmptyListOf().ToArbitrary(), (vector, all) =>
        {
            int[] counts = [.. all.Select(one => BitVectors.PopCount(one))];
            int[] listed = [.. Enumerable.Range(0, all.Count).Where(i => i % 3 != 1)];
            bool agrees = true;
            foreach (BehaviorDistance kind in Enum.GetValues<BehaviorDistance>())
            {
                int found = BitVectors.Nearest(kind, vector, [.. all.SelectMany(one => one)], counts, listed, out double distance);
                double least = listed.Min(i => Naive(kind, vector, all[i]));
                agrees &= distance == least && found == listed.First(i => Naive(kind, vector, all[i]) == least);
            }

            return agrees;
        }).Check(Quick);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void The_objective_of_k_modes_never_grows()
    {
        Prop.ForAll(Vectors.NonEmptyListOf().ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), (all, k) =>
        {
            double[] weights = [.. all.Select((_, i) => 1.0 + i % 3)];
            var modes = new KModes([.. all.SelectMany(one => one)], 2, weights, k);
            return modes.Objectives.Zip(modes.Objectives.Skip(1)).All(pair => pair.Second <= pair.First)
                && modes.Groups.All(group => group >= 0 && group < k);
        }).Check(Quick);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void The_wide_majority_agrees_with_the_scalar_one()
    {
        var random = new Random(1);
        for (int round = 0; round < 100; round++)
        {
            double[] counts = [.. Enumerable.Range(0, 64).Select(_ => random.Next(3) == 0 ? 4.5 : random.NextDouble() * 10)];
            ulong scalar = BitMajority.Scalar(counts, 4.5, out double margin);
            Assert.Equal(scalar, BitMajority.Wide(counts, 4.5, out double wideMargin));
            Assert.Equal(margin, wideMargin);
            Assert.Equal(counts.Min(count => Math.Abs(count - 4.5)), margin);
            Assert.NotEqual(0UL, scalar);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_list_of_bits_is_the_same_however_it_is_made()
    {
        var random = new Random(4);
        foreach (int words in (int[])[1, 2, 6, 32])
        {
            var list = new BitList(words);
            for (int round = 0; round < 50; round++)
            {
                ulong[] vector = [.. Enumerable.Range(0, words).Select(_ => round switch { 0 => 0UL, 1 => ulong.MaxValue, _ => (ulong)random.NextInt64() & (ulong)random.NextInt64() })];
                ushort[] expected = [.. Enumerable.Range(0, words * 64).Where(bit => (vector[bit >> 6] >> bit & 1) != 0).Select(bit => (ushort)bit)];
                Assert.Equal(expected, list.Of(vector).ToArray());
                Assert.Equal(expected.Length, list.Scalar(vector));
            }
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_centroid_is_the_majority_of_what_its_cluster_took_in_at_every_moment()
    {
        var random = new Random(6);
        for (int round = 0; round < 20; round++)
        {
            const double lambda = 0.05;
            var store = new MicroClusterStore(3, 2, lambda);
            var seen = new List<(HashSet<int> Bits, double Time)>();
            double now = 0;
            int[] frequent = [.. Enumerable.Range(0, 128).Select(_ => random.Next(0, 5))];
            for (int step = 0; step < 300; step++)
            {
                // Some features come half of the time, so that majorities change; now and then long silence.
                ushort[] features = [.. Enumerable.Range(0, 128).Where(bit => random.Next(4) < frequent[bit]).Select(bit => (ushort)bit)];
                if (step == 0)
                {
                    store.Begin(1, ClusterState.Potential, features, now);
                }
                else
                {
                    Assert.True(store.Absorb(1, features, now));
                }

                seen.Add(([.. features.Select(bit => (int)bit)], now));
                double weight = seen.Sum(one => Math.Pow(2, lambda * (one.Time - now)));
                for (int bit = 0; bit < 128; bit++)
                {
                    double count = seen.Where(one => one.Bits.Contains(bit)).Sum(one => Math.Pow(2, lambda * (one.Time - now)));
                    bool isTie = Math.Abs(count - weight / 2) < 1e-9 * weight;
                    Assert.True(isTie || (store.Centroid(1)[bit >> 6] >> bit & 1) != 0 == count > weight / 2, $"bit {bit} at step {step}");
                }

                now += random.Next(40) == 0 ? 1400 : random.NextDouble() * 3;
            }
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Powers_of_two_are_exact_to_the_last_digits()
    {
        for (int i = 0; i <= 6400; i++)
        {
            double x = i / 100.0;
            Assert.InRange(Fading.PowerOfTwo(x) / Math.Pow(2, x), 1 - 5e-16, 1 + 5e-16);
            Assert.Equal(Math.ScaleB(1, (int)x), Fading.PowerOfTwo((int)x));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Fading_twice_is_fading_once_by_the_sum()
    {
        var store = new MicroClusterStore(2, 1, 0.1);
        for (int cluster = 0; cluster < 2; cluster++)
        {
            store.Begin(cluster, ClusterState.Potential, [0], 0);
        }

        Assert.Equal(store.WeightAt(0, 7) * store.WeightAt(0, 5), store.WeightAt(0, 12), 1e-15);
        Assert.Equal(0.5, store.WeightAt(0, 10), 1e-15);
        // One absorbs across a move of the landmark, the other not until later: the fading is the same.
        _ = store.Absorb(0, [0], 700);
        _ = store.Absorb(0, [0], 720);
        _ = store.Absorb(1, [0], 700);
        Assert.Equal(store.WeightAt(1, 720) + 1, store.WeightAt(0, 720), 1e-12);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_features_takes_no_memory_and_is_counted()
    {
        var registry = new FeatureSpace(64, FeatureMapping.Registry, HoloEntropyData.Seed);
        var hashed = new FeatureSpace(64, FeatureMapping.Hashed, HoloEntropyData.Seed);
        byte[] name = new byte[3000];
        bool areInside = true;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _ = BitConverter.TryWriteBytes(name.AsSpan(2000), i);
                areInside &= registry.Map(FeatureKind.File, name) < 64 && hashed.Map(FeatureKind.File, name) < 64;
            }
        }));
        Assert.True(areInside);
        Assert.Equal(20_000 - 63 - 63, registry.Overflowed);
        Assert.Equal(63, registry.Map(FeatureKind.File, "another"u8));
        Assert.Equal(0, hashed.Overflowed);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_feature_keeps_its_bit_its_kind_and_its_name()
    {
        foreach (FeatureMapping mapping in Enum.GetValues<FeatureMapping>())
        {
            var space = new FeatureSpace(1024, mapping, HoloEntropyData.Seed);
            int listen = space.Map(FeatureKind.Listen, "tcp/443"u8);
            int connect = space.Map(FeatureKind.Connect, "tcp/443"u8);
            Assert.NotEqual(listen, connect);
            Assert.Equal(listen, space.Map(FeatureKind.Listen, "tcp/443"u8));
            Assert.True(space.TryName(connect, out FeatureKind kind, out ReadOnlySpan<byte> name));
            Assert.Equal((FeatureKind.Connect, "tcp/443"), (kind, Encoding.UTF8.GetString(name)));
            Assert.False(space.TryName(1023, out _, out _) && mapping == FeatureMapping.Registry);
        }
    }

    private static double Jaccard(ulong[] a, ulong[] b) => BitVectors.Distance(BehaviorDistance.Jaccard, a, b);

    private static double Naive(BehaviorDistance kind, ulong[] a, ulong[] b)
    {
        int both = 0;
        int either = 0;
        for (int bit = 0; bit < 128; bit++)
        {
            bool inA = (a[bit >> 6] >> bit & 1) != 0;
            bool inB = (b[bit >> 6] >> bit & 1) != 0;
            both += inA && inB ? 1 : 0;
            either += inA || inB ? 1 : 0;
        }

        return kind == BehaviorDistance.Hamming ? either - both : either == 0 ? 0 : 1 - (double)both / either;
    }
}
