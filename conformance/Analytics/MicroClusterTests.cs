using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>How behaviour is learned, forgotten, accepted and refused.</summary>
public sealed class MicroClusterTests
{
    private const int Words = 4;

    private static readonly FeatureSpace Space = new(Words * 64, FeatureMapping.Registry, HoloEntropyData.Seed);

    private static readonly MicroClusterOptions Options = new() { Dwell = TimeSpan.FromMinutes(10), MinSources = 3, MaxClusters = 32 };

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_alarm_names_what_is_odd_and_what_is_missing()
    {
        MicroClusterModel model = Trained(Options, Bits(1, 2, 3, 4));
        Span<ushort> extra = stackalloc ushort[8];
        Span<ushort> missing = stackalloc ushort[8];
        Assert.False(model.Observe(Bits(1, 2, 3, 4), 1, At(1), extra, missing).IsAnomalous);
        BehaviorVerdict verdict = model.Observe(Bits(1, 2, 200, 201), 1, At(2), extra, missing);
        Assert.True(verdict.IsAnomalous);
        Assert.Equal(1 - 2.0 / 6, verdict.Distance, 1e-12);
        Assert.Equal([200, 201], extra[..verdict.ExtraCount].ToArray());
        Assert.Equal([3, 4], missing[..verdict.MissingCount].ToArray());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_software_update_stops_raising_alarms_after_the_guarded_promotion_and_attacks_do_not()
    {
        MicroClusterModel model = Trained(Options, Bits(1, 2, 3, 4, 5, 6));
        var random = new Random(6);
        int lastFalseAlarm = -1;
        int falseAlarms = 0;
        int attacksCaught = 0;
        for (int second = 0; second < 20_000; second += 10)
        {
            bool isUpdated = second >= 5_000;
            ulong[] vector = isUpdated ? Bits(1, 2, 20, 21, 22, 23) : Bits(1, 2, 3, 4, 5, 6);
            vector[1] |= random.Next(4) == 0 ? 1UL << random.Next(8) : 0;
            if (model.Observe(vector, (ulong)random.Next(5), At(second)).IsAnomalous)
            {
                falseAlarms++;
                lastFalseAlarm = second;
            }

            if (second % 500 == 250)
            {
                // The attack comes from one machine only, however often.
                attacksCaught += model.Observe(Bits(1, 100, 101, 102, 103), 77, At(second)).IsAnomalous ? 1 : 0;
            }
        }

        Assert.Equal(40, attacksCaught);
        Assert.InRange(falseAlarms, 1, 70);
        Assert.InRange(lastFalseAlarm, 5_000, 5_700);
        Assert.Equal(1, model.Counters.Promoted);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void One_source_that_repeats_an_attack_is_never_believed()
    {
        MicroClusterModel model = Trained(Options, Bits(1, 2, 3));
        Assert.All(Enumerable.Range(0, 50_000), i => Assert.True(model.Observe(Bits(50, 51, 52), 1, At(i)).IsAnomalous));
        Assert.Equal(0, model.Counters.Promoted);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_boiling_frog_moves_a_cluster_only_as_far_as_its_anchor_allows()
    {
        MicroClusterOptions options = Options with { AnchorRadius = 0.3, HalfLife = TimeSpan.FromSeconds(1_000) };
        int[] bits = [.. Enumerable.Range(0, 20)];
        MicroClusterModel model = Trained(options, Bits(bits));
        ulong[] trained = Bits(bits);
        Assert.True(model.Pin(model.TakeSnapshot().Clusters[0].Handle));
        int second = 0;
        for (int step = 0; step < 20; step++)
        {
            // One feature at a time is replaced, and each state is repeated until it is the majority.
            bits[step] = 100 + step;
            for (int i = 0; i < 400; i++)
            {
                _ = model.Observe(Bits(bits), 9, At(second += 10));
            }
        }

        Assert.True(model.Counters.HeldByAnchor > 0);
        Assert.True(model.Observe(Bits(bits), 9, At(second)).IsAnomalous);
        MicroClusterSnapshot snapshot = model.TakeSnapshot();
        int cluster = snapshot.Clusters.ToList().FindIndex(one => one.State == ClusterState.Potential);
        Assert.InRange(BitVectors.Distance(BehaviorDistance.Jaccard, trained, snapshot.CentroidOf(cluster)), 0.01, 0.3);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Empty_and_full_vectors_have_defined_verdicts()
    {
        MicroClusterModel model = Trained(Options, Bits(1, 2, 3));
        ulong[] full = [ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue];
        Assert.Equal((true, 1), (model.Observe(new ulong[Words], 1, At(1)).IsAnomalous, model.Observe(new ulong[Words], 1, At(1)).Distance));
        Assert.True(model.Observe(full, 1, At(1)).IsAnomalous);
        _ = Assert.Throws<ArgumentException>(() => model.Observe(new ulong[1], 1, At(1)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_clock_that_jumps_back_or_by_centuries_breaks_nothing()
    {
        MicroClusterModel model = Trained(Options, Bits(1, 2, 3));
        _ = model.Observe(Bits(1, 2, 3), 1, At(1_000));
        Assert.False(model.Observe(Bits(1, 2, 3), 1, At(10)).IsAnomalous);
        Assert.Equal(1, model.Counters.ClockWentBack);
        Assert.True(model.Observe(Bits(1, 2, 3), 1, At(9e9)).IsAnomalous);
        Assert.Equal(0, model.PotentialCount);
        Assert.All(model.TakeSnapshot().Clusters, cluster => Assert.True(double.IsFinite(cluster.Weight)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void What_is_not_seen_for_64_half_lives_is_forgotten_unless_it_is_pinned()
    {
        MicroClusterModel model = Trained(Options, Bits(1, 2, 3), Bits(60, 61, 62));
        _ = model.Observe(Bits(120, 121), 1, At(1));
        MicroCluster pinned = model.TakeSnapshot().Clusters[1];
        Assert.True(model.Pin(pinned.Handle));
        _ = model.Observe(Bits(200), 1, At(64 * 86_400));
        MicroClusterSnapshot left = model.TakeSnapshot();
        Assert.Equal(2, left.Clusters.Count);
        Assert.Equal(pinned.Handle, Assert.Single(left.Clusters, cluster => cluster.State == ClusterState.Potential).Handle);
        Assert.False(model.Pin(new SlotHandle(0, 1)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_full_model_evicts_its_weakest_outlier_and_never_a_normal_cluster()
    {
        MicroClusterModel model = Trained(Options with { MaxClusters = 4 }, Bits(1, 2, 3), Bits(60, 61, 62));
        for (int i = 0; i < 100; i++)
        {
            _ = model.Observe(Bits(100 + i), 1, At(i));
        }

        Assert.Equal((2, 2, 98), (model.PotentialCount, model.OutlierCount, model.Counters.Evicted));
        MicroClusterModel full = Trained(Options with { MaxClusters = 2 }, Bits(1, 2, 3), Bits(60, 61, 62));
        Assert.Equal(BehaviorAdaptation.None, full.Observe(Bits(9), 1, At(1)).Adaptation);
        Assert.Equal(1, full.Counters.NoPlace);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void An_operator_can_approve_and_refuse()
    {
        MicroClusterModel model = Trained(Options, Bits(1, 2, 3));
        _ = model.Observe(Bits(50, 51), 1, At(1));
        SlotHandle odd = Assert.Single(model.TakeSnapshot().Clusters, cluster => cluster.State == ClusterState.Outlier).Handle;
        Assert.True(model.Pin(odd));
        Assert.False(model.Observe(Bits(50, 51), 1, At(2)).IsAnomalous);
        Assert.True(model.Veto(odd));
        for (int i = 0; i < 5_000; i++)
        {
            Assert.True(model.Observe(Bits(50, 51), (ulong)i % 9, At(3 + i)).IsAnomalous);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_chain_of_near_clusters_is_one_role_and_k_modes_separates_far_ones()
    {
        // Neighbours in the chain are 0.25 apart, its ends 0.4: within 0.25 one reaches the other only through the middle.
        ulong[] a = Bits(0, 1, 2, 3, 4, 5, 6);
        ulong[] b = Bits(1, 2, 3, 4, 5, 6, 7);
        ulong[] c = Bits(2, 3, 4, 5, 6, 7, 8);
        Assert.Equal(0.25, BitVectors.Distance(BehaviorDistance.Jaccard, a, b), 1e-12);
        MicroClusterModel model = Trained(Options with { Epsilon = 0.1 }, a, b, c, Bits(100, 101, 102));
        Assert.Equal(4, model.PotentialCount);
        Assert.Equal(2, model.RegroupByReach(0.25));
        Assert.Equal([0, 0, 0, 1], model.TakeSnapshot().Clusters.Select(cluster => cluster.Role));
        Assert.Equal(4, model.RegroupByReach(0.2));
        Assert.Equal(2, model.Regroup(2));
        Assert.Equal(2, model.TakeSnapshot().Clusters.Take(3).Select(cluster => cluster.Role).Append(9).Distinct().Count());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void The_alarm_rate_on_vectors_like_the_calibration_is_what_was_stated()
    {
        const double Rate = 0.05;
        var random = new Random(8);
        int alarms = 0;
        for (int run = 0; run < 20; run++)
        {
            var model = new MicroClusterModel(Space, Options with { FalseAlarmRate = Rate, MaxClusters = 256 });
            _ = model.TrainLeaders(Sample(random, 100), At(0));
            model.Calibrate(Sample(random, 400));
            MicroClusterSnapshot frozen = model.TakeSnapshot();
            ulong[] tested = Sample(random, 500);
            for (int i = 0; i < 500; i++)
            {
                _ = frozen.Nearest(tested.AsSpan(i * Words, Words), out double distance);
                alarms += distance > frozen.Radius ? 1 : 0;
            }
        }

        Assert.InRange(alarms / 10_000.0, 0.005, Rate + 3 * 2 * Math.Sqrt(Rate * (1 - Rate) / 10_000));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void The_same_stream_gives_the_same_verdicts_also_after_a_restart()
    {
        MicroClusterModel whole = Trained(Options, Bits(1, 2, 3));
        MicroClusterModel first = Trained(Options, Bits(1, 2, 3));
        var stream = new Random(11);
        (ulong[] Vector, ulong Source)[] events = [.. Enumerable.Range(0, 3_000).Select(_ =>
            (Bits(stream.Next(6), stream.Next(6), 10 * stream.Next(20), 3), (ulong)stream.Next(4)))];
        BehaviorVerdict[] expected = [.. events.Select((one, i) => whole.Observe(one.Vector, one.Source, At(i)))];
        Assert.Equal(expected[..1500], events[..1500].Select((one, i) => first.Observe(one.Vector, one.Source, At(i))));
        byte[] saved = first.Save();
        var second = new MicroClusterModel(Space, Options);
        Assert.True(second.TryRestore(saved));
        for (int i = 1500; i < 3_000; i++)
        {
            BehaviorVerdict verdict = second.Observe(events[i].Vector, events[i].Source, At(i));
            Assert.Equal((expected[i].IsAnomalous, expected[i].Distance, expected[i].Adaptation), (verdict.IsAnomalous, verdict.Distance, verdict.Adaptation));
        }

        Assert.Contains(expected, verdict => verdict.Adaptation == BehaviorAdaptation.Promoted);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_state_cut_short_or_damaged_anywhere_is_refused()
    {
        MicroClusterModel model = Trained(Options, Bits(1, 2, 3));
        byte[] saved = model.Save();
        var restored = new MicroClusterModel(Space, Options);
        for (int length = 0; length < saved.Length; length += 7)
        {
            Assert.False(restored.TryRestore(saved.AsSpan(0, length)));
        }

        for (int at = 0; at < saved.Length; at += 11)
        {
            saved[at] ^= 1;
            Assert.False(restored.TryRestore(saved));
            saved[at] ^= 1;
        }

        Assert.True(restored.TryRestore(saved));
        Assert.Equal(1, restored.PotentialCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Observing_allocates_nothing_evictions_and_promotions_included()
    {
        MicroClusterModel model = Trained(Options with { MaxClusters = 8, Dwell = TimeSpan.Zero, MinSources = 1 }, Bits(1, 2, 3));
        ulong[] vector = new ulong[Words];
        ushort[] extra = new ushort[8];
        long second = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                vector[i & 3] = (ulong)i * 0x9E37_79B9_7F4A_7C15 >> 40;
                _ = model.Observe(vector, (ulong)i, At(second++), extra, extra);
            }
        }));
        Assert.True(model.Counters.Evicted > 0 && model.Counters.Anomalous > 0);
    }

    private static MicroClusterModel Trained(MicroClusterOptions options, params ulong[][] vectors)
    {
        var model = new MicroClusterModel(Space, options);
        _ = model.TrainLeaders([.. vectors.SelectMany(vector => vector)], At(0));
        return model;
    }

    private static ulong[] Sample(Random random, int count) => [.. Enumerable.Range(0, count).SelectMany(_ =>
    {
        int role = 40 * random.Next(4);
        return Bits([.. Enumerable.Range(0, 12).Select(_ => role + (int)(40 * random.NextDouble() * random.NextDouble()))]);
    })];

    private static ulong[] Bits(params int[] bits)
    {
        ulong[] vector = new ulong[Words];
        foreach (int bit in bits)
        {
            vector[bit >> 6] |= 1UL << bit;
        }

        return vector;
    }

    private static Timestamp At(double seconds) => Timestamp.FromSeconds(seconds);
}
