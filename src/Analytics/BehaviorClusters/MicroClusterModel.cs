using System.Numerics;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Analytics;

/// <summary>
/// What is normal for processes of one kind, and how that changes: clusters of feature vectors that fade, and new ones that become
/// normal when they were seen often enough, by enough machines, for long enough.
/// </summary>
/// <remarks>
/// <para>
/// The form is DenStream's (Cao, Ester, Qian, Zhou, 2006) on bit vectors. A vector within the radius of a normal cluster is taken
/// in by it; any other raises an alarm, and is taken in by an outlier cluster or begins one. An outlier cluster is promoted by the
/// rule of the options; a machine that repeats an attack does not make it normal alone, and a normal cluster cannot drift far.
/// </para>
/// The same vectors, sources and times give the same verdicts bit for bit. One thread at a time;
/// <see cref="Observe"/> allocates nothing. It costs the comparison with every normal cluster, and counting the vector's features in one.
/// </remarks>
public sealed partial class MicroClusterModel
{
    private readonly MicroClusterOptions _options;
    private readonly MicroClusterStore _store;
    private readonly BitList _bits;
    private readonly int[] _roles;
    private readonly int[] _listed;
    private readonly double _prunePeriod;
    private readonly double _limit;
    private MicroClusterCounters _counters;
    private ConformalThreshold? _calibration;
    private int _potential;
    private int _outliers;
    private double _now = double.NegativeInfinity;
    private double _nextPrune = double.NegativeInfinity;

    /// <summary>Creates a model without clusters, and all the memory it will use: 8.7 bytes a bit and cluster.</summary>
    /// <param name="space">What the bits mean; only its size matters here.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public MicroClusterModel(FeatureSpace space, MicroClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _store = new MicroClusterStore(options.MaxClusters, space.Words, options.Lambda);
        _bits = new BitList(space.Words);
        _roles = new int[options.MaxClusters];
        _listed = new int[options.MaxClusters];
        _limit = options.Beta * options.Mu;
        _prunePeriod = Math.Max(1e-9, MicroClusterOptions.PrunePeriod(options.Lambda, options.Beta, options.Mu));
        Radius = options.Epsilon;
        Array.Fill(_roles, -1);
    }

    /// <summary>Normal clusters.</summary>
    public int PotentialCount => _potential;

    /// <summary>Outlier clusters.</summary>
    public int OutlierCount => _outliers;

    /// <summary>Largest distance that is normal: the option, or what calibration found.</summary>
    public double Radius { get; private set; }

    /// <summary>What was seen and done so far.</summary>
    public ref readonly MicroClusterCounters Counters => ref _counters;

    /// <summary>Judges a vector and learns from it.</summary>
    /// <param name="vector">As many words as the space has.</param>
    /// <param name="source">Who reports it: a number of the machine or agent.</param>
    /// <param name="now">The time; one before the last is taken as the last.</param>
    /// <param name="extra">Receives bits that the vector has and the nearest normal cluster has not, as many as fit; may be empty.</param>
    /// <param name="missing">Receives bits that the cluster has and the vector has not, as many as fit; may be empty.</param>
    /// <exception cref="ArgumentException">The vector has another length.</exception>
    public BehaviorVerdict Observe(ReadOnlySpan<ulong> vector, ulong source, Timestamp now, Span<ushort> extra = default, Span<ushort> missing = default)
    {
        RequireWords(vector.Length);
        double seconds = Tick(now);
        _counters.Observed++;
        ReadOnlySpan<ushort> features = _bits.Of(vector);
        int nearest = Nearest(vector, features, ClusterState.Potential, out double distance);
        SlotHandle handle = nearest < 0 ? SlotHandle.None : _store.HandleOf(nearest);
        double pValue = _calibration?.PValue(distance) ?? 1;
        ReadOnlySpan<ulong> centroid = nearest < 0 ? default : _store.Centroid(nearest);
        int extras = Difference(vector, centroid, extra);
        int missings = nearest < 0 ? 0 : Difference(centroid, vector, missing);
        BehaviorAdaptation adaptation;
        bool isAnomalous = distance > Radius || nearest < 0;
        if (!isAnomalous)
        {
            bool moved = _store.Absorb(nearest, features, seconds, _options.Distance, _options.AnchorRadius);
            _counters.HeldByAnchor += moved ? 0 : 1;
            adaptation = moved ? BehaviorAdaptation.Absorbed : BehaviorAdaptation.HeldByAnchor;
        }
        else
        {
            _counters.Anomalous++;
            adaptation = LearnOutlier(vector, features, source, seconds);
        }

        return new BehaviorVerdict(isAnomalous, distance, pValue, handle, adaptation, extras, missings);
    }

    /// <summary>Keeps a cluster from being forgotten, and makes it normal: an operator's approval.</summary>
    /// <returns>False if the cluster is gone.</returns>
    public bool Pin(SlotHandle cluster)
    {
        if (!_store.IsLive(cluster))
        {
            return false;
        }

        _store.IsPinned[cluster.Index] = true;
        _store.IsVetoed[cluster.Index] = false;
        if (_store.States[cluster.Index] == ClusterState.Outlier)
        {
            Promote(cluster.Index);
        }

        return true;
    }

    /// <summary>Makes a cluster abnormal for good: an operator's refusal. It is never promoted while it is remembered.</summary>
    /// <returns>False if the cluster is gone.</returns>
    public bool Veto(SlotHandle cluster)
    {
        if (!_store.IsLive(cluster))
        {
            return false;
        }

        _store.IsPinned[cluster.Index] = false;
        _store.IsVetoed[cluster.Index] = true;
        if (_store.States[cluster.Index] == ClusterState.Potential)
        {
            _store.Set(cluster.Index, ClusterState.Outlier);
            _potential--;
            _outliers++;
        }

        return true;
    }

    private BehaviorAdaptation LearnOutlier(ReadOnlySpan<ulong> vector, ReadOnlySpan<ushort> features, ulong source, double now)
    {
        int nearest = Nearest(vector, features, ClusterState.Outlier, out double distance);
        if (nearest < 0 || distance > _options.OutlierEpsilon)
        {
            int place = FreePlace(now);
            if (place < 0)
            {
                _counters.NoPlace++;
                return BehaviorAdaptation.None;
            }

            _store.Begin(place, ClusterState.Outlier, features, now);
            _store.Remember(place, source);
            _roles[place] = -1;
            _outliers++;
            _counters.Created++;
            return BehaviorAdaptation.Created;
        }

        _ = _store.Absorb(nearest, features, now);
        _store.Remember(nearest, source);
        bool isReady = !_store.IsVetoed[nearest]
            && _store.WeightAt(nearest, now) >= _limit
            && _store.SourceCounts[nearest] >= _options.MinSources
            && now - _store.Created[nearest] >= _options.Dwell.TotalSeconds;
        if (!isReady)
        {
            return BehaviorAdaptation.AbsorbedByOutlier;
        }

        Promote(nearest);
        return BehaviorAdaptation.Promoted;
    }

    private void Promote(int cluster)
    {
        _store.Set(cluster, ClusterState.Potential);
        _store.Approve(cluster);
        _outliers--;
        _potential++;
        _counters.Promoted++;
    }

    private int FreePlace(double now)
    {
        int weakest = -1;
        double least = double.PositiveInfinity;
        for (int i = 0; i < _store.Capacity; i++)
        {
            if (_store.States[i] == ClusterState.None)
            {
                return i;
            }

            double weight = _store.WeightAt(i, now);
            if (_store.States[i] == ClusterState.Outlier && weight < least)
            {
                least = weight;
                weakest = i;
            }
        }

        if (weakest >= 0)
        {
            _store.End(weakest);
            _outliers--;
            _counters.Evicted++;
        }

        return weakest;
    }

    private int Nearest(ReadOnlySpan<ulong> vector, ReadOnlySpan<ushort> features, ClusterState state, out double distance)
    {
        if (_store.Planes is ClusterPlanes planes && features.Length <= ClusterPlanes.MaxFeatures)
        {
            int found = planes.Nearest(_options.Distance, features, _store.Of(state), _store.PopCounts, _store.LeastBits, out int common);
            distance = found < 0 ? double.PositiveInfinity : BitVectors.Distance(_options.Distance, features.Length, _store.PopCounts[found], common);
            return found;
        }

        int count = 0;
        for (int i = 0, left = state == ClusterState.Potential ? _potential : _outliers; left > 0; i++)
        {
            if (_store.States[i] == state)
            {
                _listed[count++] = i;
                left--;
            }
        }

        return BitVectors.Nearest(_options.Distance, vector, _store.Centroids, _store.PopCounts, _listed.AsSpan(0, count), out distance);
    }

    /// <summary>Takes the time, and forgets what faded if it is time to.</summary>
    private double Tick(Timestamp now)
    {
        double seconds = now.Nanoseconds * 1e-9;
        if (seconds < _now)
        {
            _counters.ClockWentBack++;
            return _now;
        }

        _now = seconds;
        if (seconds >= _nextPrune)
        {
            Prune(seconds);
            _nextPrune = seconds + _prunePeriod;
        }

        return seconds;
    }

    private void Prune(double now)
    {
        double lambda = _options.Lambda;
        for (int i = 0; i < _store.Capacity; i++)
        {
            double weight = _store.WeightAt(i, now);
            if (_store.States[i] == ClusterState.Potential && weight < _limit && !_store.IsPinned[i])
            {
                _store.End(i);
                _potential--;
                _counters.ForgottenPotential++;
            }
            else if (_store.States[i] == ClusterState.Outlier && weight < LowerLimit(lambda, now - _store.Created[i], _prunePeriod))
            {
                _store.End(i);
                _outliers--;
                _counters.ForgottenOutliers++;
            }
        }
    }

    /// <summary>Xi of DenStream: what an outlier cluster of this age would weigh at least if it were growing into a normal one.</summary>
    internal static double LowerLimit(double lambda, double age, double period) =>
        (Math.Pow(2, -lambda * (age + period)) - 1) / (Math.Pow(2, -lambda * period) - 1);

    private static int Difference(ReadOnlySpan<ulong> from, ReadOnlySpan<ulong> without, Span<ushort> bits)
    {
        int count = 0;
        for (int word = 0; word < from.Length && count < bits.Length; word++)
        {
            ulong rest = from[word] & ~(without.IsEmpty ? 0 : without[word]);
            for (; rest != 0 && count < bits.Length; rest &= rest - 1)
            {
                bits[count++] = (ushort)((word << 6) + BitOperations.TrailingZeroCount(rest));
            }
        }

        return count;
    }

    private void RequireWords(int words)
    {
        if (words != _store.Words)
        {
            throw new ArgumentException($"The vector has {words} words; the space has {_store.Words}.");
        }
    }
}
