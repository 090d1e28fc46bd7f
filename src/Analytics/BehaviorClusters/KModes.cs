namespace Weft.Analytics;

/// <summary>
/// k-modes on bit vectors (Huang 1998): each vector goes to the nearest mode by Hamming distance, each mode is the weighted majority
/// of its vectors. The sum of weighted distances never grows from one round to the next.
/// </summary>
internal sealed class KModes
{
    private const int MaxRounds = 100;

    private readonly int _words;
    private readonly ulong[] _modes;
    private readonly int[] _popCounts;
    private readonly int[] _listed;

    /// <summary>Groups vectors.</summary>
    /// <param name="vectors">Vectors one after another.</param>
    /// <param name="words">Words of a vector.</param>
    /// <param name="weights">Weight of each vector.</param>
    /// <param name="k">Groups, at least 1; fewer if there are fewer vectors.</param>
    public KModes(ReadOnlySpan<ulong> vectors, int words, ReadOnlySpan<double> weights, int k)
    {
        _words = words;
        k = Math.Min(k, weights.Length);
        _modes = new ulong[k * words];
        _popCounts = new int[k];
        _listed = [.. Enumerable.Range(0, k)];
        Groups = new int[weights.Length];
        Choose(vectors, weights);
        while (Objectives.Count < MaxRounds)
        {
            double objective = Assign(vectors, weights);
            bool improves = Objectives.Count == 0 || objective < Objectives[^1];
            Objectives.Add(objective);
            if (!improves)
            {
                break;
            }

            Move(vectors, weights);
        }
    }

    /// <summary>The group of each vector.</summary>
    public int[] Groups { get; }

    /// <summary>The sum of weighted distances after each round.</summary>
    public List<double> Objectives { get; } = [];

    public ReadOnlySpan<ulong> Mode(int group) => _modes.AsSpan(group * _words, _words);

    /// <summary>Begins with the heaviest vector, then always takes the one that lies farthest from all modes.</summary>
    private void Choose(ReadOnlySpan<ulong> vectors, ReadOnlySpan<double> weights)
    {
        int first = 0;
        for (int i = 1; i < weights.Length; i++)
        {
            first = weights[i] > weights[first] ? i : first;
        }

        for (int mode = 0; mode < _popCounts.Length; mode++)
        {
            int chosen = mode == 0 ? first : 0;
            double farthest = -1;
            for (int i = 0; i < weights.Length && mode > 0; i++)
            {
                _ = Nearest(vectors.Slice(i * _words, _words), mode, out double distance);
                if (distance > farthest)
                {
                    farthest = distance;
                    chosen = i;
                }
            }

            Set(mode, vectors.Slice(chosen * _words, _words));
        }
    }

    private double Assign(ReadOnlySpan<ulong> vectors, ReadOnlySpan<double> weights)
    {
        double objective = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            Groups[i] = Nearest(vectors.Slice(i * _words, _words), _popCounts.Length, out double distance);
            objective += weights[i] * distance;
        }

        return objective;
    }

    private void Move(ReadOnlySpan<ulong> vectors, ReadOnlySpan<double> weights)
    {
        double[] counts = new double[_words * 64];
        ulong[] majority = new ulong[_words];
        for (int group = 0; group < _popCounts.Length; group++)
        {
            Array.Clear(counts);
            double total = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                for (int bit = 0; Groups[i] == group && bit < counts.Length; bit++)
                {
                    counts[bit] += (vectors[i * _words + (bit >> 6)] >> bit & 1) != 0 ? weights[i] : 0;
                }

                total += Groups[i] == group ? weights[i] : 0;
            }

            if (total > 0)
            {
                for (int word = 0; word < _words; word++)
                {
                    majority[word] = BitMajority.Compute(counts.AsSpan(word << 6, 64), total / 2, out _);
                }

                Set(group, majority);
            }
        }
    }

    private int Nearest(ReadOnlySpan<ulong> vector, int modes, out double distance) =>
        BitVectors.Nearest(BehaviorDistance.Hamming, vector, _modes, _popCounts, _listed.AsSpan(0, modes), out distance);

    private void Set(int mode, ReadOnlySpan<ulong> vector)
    {
        vector.CopyTo(_modes.AsSpan(mode * _words));
        _popCounts[mode] = BitVectors.PopCount(vector);
    }
}
