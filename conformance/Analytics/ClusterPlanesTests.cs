using Weft.Analytics;
using Weft.Conformance.Support;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>The search that counts for 512 clusters at once, beside the one that looks at cluster after cluster.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class ClusterPlanesTests
{
    [Theory]
    [InlineData(BehaviorDistance.Jaccard)]
    [InlineData(BehaviorDistance.Hamming)]
    public void Both_searches_find_the_same_cluster_ties_and_empty_vectors_included(BehaviorDistance distance)
    {
        Assert.SkipUnless(ClusterPlanes.IsSupported, "this processor has no 512-bit registers");
        var random = new Random(11);
        for (int round = 0; round < 300; round++)
        {
            int words = random.Next(1, 7);
            int clusters = random.Next(1, 1300);
            int density = random.Next(1, 40);
            var planes = new ClusterPlanes(clusters, words * 64);
            ulong[] all = new ulong[clusters * words];
            int[] popCounts = new int[ClusterPlanes.Padded(clusters)];
            var states = new ClusterState[popCounts.Length];
            for (int cluster = 0; cluster < clusters; cluster++)
            {
                // Twice, since centroids change.
                for (int change = 0; change < 2; change++)
                {
                    ulong[] centroid = Vector(random, words, cluster % 9 == 0 && round % 2 == 0 ? 0 : density);
                    planes.Change(cluster, all.AsSpan(cluster * words, words), centroid);
                    centroid.CopyTo(all, cluster * words);
                    popCounts[cluster] = BitVectors.PopCount(centroid);
                }

                states[cluster] = (ClusterState)random.Next(0, 3);
            }

            ulong[] wanted = new ulong[popCounts.Length / 64];
            for (int cluster = 0; cluster < clusters; cluster++)
            {
                wanted[cluster >> 6] |= states[cluster] == ClusterState.Potential ? 1UL << cluster : 0;
            }

            // Any number that no centroid is below will do.
            int leastBits = popCounts[..clusters].Min() * random.Next(2);
            var list = new BitList(words);
            int[] listed = [.. Enumerable.Range(0, clusters).Where(cluster => states[cluster] == ClusterState.Potential)];
            for (int query = 0; query < 10; query++)
            {
                ulong[] vector = random.Next(3) == 0 ? [.. all.AsSpan(random.Next(clusters) * words, words)] : Vector(random, words, random.Next(0, 2 * density));
                int bits = BitVectors.PopCount(vector);
                if (bits > ClusterPlanes.MaxFeatures)
                {
                    continue;
                }

                int expected = BitVectors.Nearest(distance, vector, all, popCounts, listed, out _);
                Assert.Equal(expected, planes.Nearest(distance, list.Of(vector), wanted, popCounts, leastBits, out int common));
                if (expected >= 0)
                {
                    Assert.Equal(BitVectors.Distance(distance, vector, all.AsSpan(expected * words, words)), BitVectors.Distance(distance, bits, popCounts[expected], common));
                }
            }
        }
    }

    private static ulong[] Vector(Random random, int words, int bits)
    {
        ulong[] vector = new ulong[words];
        for (int i = 0; i < bits; i++)
        {
            vector[random.Next(words)] |= 1UL << random.Next(64);
        }

        return vector;
    }
}
