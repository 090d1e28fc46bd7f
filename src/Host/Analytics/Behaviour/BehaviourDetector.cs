using System.Text;
using Weft.Analytics;
using Weft.Flows;
using Weft.Flows.Hashing;
using Weft.Host.Analytics.Processes;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Analytics.Behaviour;

/// <summary>
/// Whether processes behave as they did while it was learning: feature vectors among micro-clusters decide, holo-entropy says how
/// much it matters and why. Time is the wall clock's, since what was learned outlives the machine's uptime. One thread.
/// </summary>
internal sealed class BehaviourDetector : IDisposable
{
    private const int MaxTraining = 65_536;
    private const int MaxClusters = 2048;
    private const double Beta = 0.5;

    /// <summary>How far apart, in radii, two behaviours of one role may be; two that share nothing never are of one.</summary>
    private const double RadiiOfReach = 3;
    private const double MaxReach = 0.9;

    private readonly ProcessWatchPlan _plan;
    private readonly HashSeed _seed;
    private readonly FeatureSpace _space;
    private readonly MicroClusterModel _clusters;
    private readonly ActionScorer _scorer;
    private readonly HashSet<string> _trainingKeys = [];
    private readonly List<ulong[]> _training = [];
    private readonly ulong[] _vector;
    private readonly ushort[] _extra = new ushort[64];
    private readonly ushort[] _missing = new ushort[64];

    public BehaviourDetector(ProcessWatchPlan plan, HashSeed seed, DateTimeOffset learnUntil)
    {
        (_plan, _seed, LearnUntil) = (plan, seed, learnUntil);
        // Whoever can start programs can invent names: with a hash they cannot fill a registry.
        _space = new FeatureSpace(plan.FeatureBits, FeatureMapping.Hashed, seed);
        _clusters = new MicroClusterModel(_space, new MicroClusterOptions
        {
            Epsilon = plan.Radius,
            OutlierEpsilon = plan.Radius,
            AnchorRadius = plan.Radius,
            HalfLife = plan.HalfLife,
            Beta = Beta,
            // An observation or two may fade away while the others come.
            Mu = plan.PromoteObservations / Beta * 0.9 + 0.3,
            MinSources = plan.PromoteSources,
            Dwell = plan.PromoteAfter,
            MaxClusters = MaxClusters,
        });
        _scorer = new ActionScorer(plan.FalseAlarmRate, seed);
        _vector = new ulong[_space.Words];
    }

    /// <summary>Until when everything is taken for normal.</summary>
    public DateTimeOffset LearnUntil { get; private set; }

    /// <summary>Whether it still learns, and judges nothing.</summary>
    public bool IsLearning { get; private set; } = true;

    /// <summary>Different vectors learned so far while it learns.</summary>
    public int TrainingVectors => _training.Count;

    /// <summary>Vectors that were not kept because there were too many different ones.</summary>
    public long TrainingRefused { get; private set; }

    public ref readonly MicroClusterCounters Counters => ref _clusters.Counters;

    public long RefusedValues => _scorer.RefusedValues;

    /// <summary>Columns of the scorer whose table of values is full, with how many found no room.</summary>
    public IEnumerable<(string Column, long Refused)> Saturated => _scorer.Saturated;

    /// <summary>Roles that the normal behaviours were grouped into last.</summary>
    public int Roles { get; private set; }

    public MicroClusterSnapshot Clusters => _clusters.TakeSnapshot();

    /// <summary>Judges a process, or learns from it.</summary>
    /// <param name="process">The process.</param>
    /// <param name="news">Features that it did not have when it was last looked at; may be empty.</param>
    /// <param name="now">The wall clock.</param>
    /// <returns>Null while it learns.</returns>
    public Finding? Observe(ProcessInstance process, IReadOnlyList<ProcessFeature> news, DateTimeOffset now)
    {
        ulong source = SipHash24.Hash(_seed, Encoding.UTF8.GetBytes(process.Description.ControlGroup));
        SetVector(process);
        if (IsLearning)
        {
            Train(process, news, source);
            return null;
        }

        BehaviorVerdict verdict = _clusters.Observe(_vector, source, TimestampOf(now), _extra, _missing);
        bool promoted = verdict.Adaptation == BehaviorAdaptation.Promoted;
        if (!verdict.IsAnomalous || promoted)
        {
            foreach (ProcessFeature feature in promoted ? [.. process.Features] : news)
            {
                _scorer.Learn(BehaviourRow.Of(process, feature), source);
            }

            return new Finding { Process = process, IsAnomalous = !promoted && verdict.IsAnomalous, Promoted = promoted, Distance = Bounded(verdict.Distance), Nearest = verdict.Nearest };
        }

        return Explain(process, verdict);
    }

    /// <summary>Ends the learning: what was seen until now is normal.</summary>
    public void FinishLearning(DateTimeOffset now)
    {
        if (IsLearning)
        {
            _ = _clusters.TrainLeaders(_training.SelectMany(vector => vector).ToArray(), TimestampOf(now));
            _training.Clear();
            _trainingKeys.Clear();
            IsLearning = false;
            LearnUntil = now;
        }

        _scorer.Publish();
    }

    /// <summary>Groups the normal behaviours into roles: what is within reach of one another, over any number of steps, has one.</summary>
    public void Regroup() => Roles = _clusters.RegroupByReach(Math.Min(MaxReach, RadiiOfReach * _plan.Radius));

    /// <summary>Makes what was learned since the last call count for scores.</summary>
    public void Publish() => _scorer.Publish();

    /// <summary>An operator's approval, or refusal, of a cluster.</summary>
    /// <returns>False if there is no such cluster.</returns>
    public bool Decide(int index, bool approve)
    {
        foreach (MicroCluster cluster in _clusters.TakeSnapshot().Clusters)
        {
            if (cluster.Handle.Index == index)
            {
                return approve ? _clusters.Pin(cluster.Handle) : _clusters.Veto(cluster.Handle);
            }
        }

        return false;
    }

    /// <summary>The features of a cluster's centroid, by name.</summary>
    public IEnumerable<string> NamesOf(MicroClusterSnapshot clusters, int cluster)
    {
        for (int bit = 0; bit < _space.Bits; bit++)
        {
            if ((clusters.CentroidOf(cluster)[bit >> 6] >> bit & 1) != 0 && NameOf(bit) is string name)
            {
                yield return name;
            }
        }
    }

    /// <summary>The whole of what was learned.</summary>
    public BehaviourState Save() => new()
    {
        Seed = _seed,
        Bits = _space.Bits,
        LearnUntil = LearnUntil,
        IsLearning = IsLearning,
        Clusters = _clusters.Save(),
        Training = [.. _training],
        Names = [.. Names()],
        Rows = [.. _scorer.Remembered],
    };

    /// <summary>Takes up what an earlier run learned.</summary>
    /// <returns>False, and the detector must not be used, if it does not fit.</returns>
    public bool TryRestore(BehaviourState state)
    {
        foreach ((FeatureKind kind, byte[] name) in state.Names)
        {
            _ = _space.Map(kind, name);
        }

        foreach ((BehaviourRow row, ulong source) in state.Rows)
        {
            _scorer.Learn(row, source);
        }

        foreach (ulong[] vector in state.Training)
        {
            Keep(vector);
        }

        (IsLearning, LearnUntil) = (state.IsLearning, state.LearnUntil);
        _scorer.Publish();
        return state.Bits == _space.Bits && _clusters.TryRestore(state.Clusters);
    }

    public void Dispose() => _scorer.Dispose();

    private void Train(ProcessInstance process, IReadOnlyList<ProcessFeature> news, ulong source)
    {
        Keep(_vector);
        foreach (ProcessFeature feature in news)
        {
            _scorer.Learn(BehaviourRow.Of(process, feature), source);
        }
    }

    private void Keep(ulong[] vector)
    {
        if (_training.Count == MaxTraining)
        {
            TrainingRefused++;
        }
        else if (_trainingKeys.Add(Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(vector))))
        {
            _training.Add([.. vector]);
        }
    }

    private Finding Explain(ProcessInstance process, in BehaviorVerdict verdict)
    {
        HashSet<int> extraBits = [.. _extra.AsSpan(0, verdict.ExtraCount).ToArray().Select(bit => (int)bit)];
        ProcessFeature[] extra = [.. process.Features.Where(feature => extraBits.Contains(_space.Map(feature.Kind, Encoding.UTF8.GetBytes(feature.Name))))];
        AlarmScore? worst = null;
        List<AlarmFeature> why = [];
        var features = new List<AlarmFeature>();
        foreach (ProcessFeature feature in extra.DefaultIfEmpty(process.Features.First()))
        {
            AlarmScore? score = _scorer.Score(BehaviourRow.Of(process, feature), features);
            if (score is AlarmScore found && (worst is null || found.OutlierFactor > worst.Value.OutlierFactor))
            {
                (worst, why) = (found, [.. features]);
            }
        }

        // What the vector shows comes first, heaviest kinds ahead; what holo-entropy adds follows.
        List<AlarmFeature> all = [.. extra.OrderByDescending(feature => feature.Weight).Select(feature => new AlarmFeature(feature.KindName, feature.Name, feature.Weight))];
        all.AddRange(why.Where(feature => feature.Contribution > 0 && !all.Any(known => known.Name == feature.Name && known.Value == feature.Value)).OrderByDescending(feature => feature.Contribution));
        return new Finding
        {
            Process = process,
            IsAnomalous = true,
            Promoted = false,
            Distance = Bounded(verdict.Distance),
            Nearest = verdict.Nearest,
            Extra = extra,
            Missing = [.. _missing.AsSpan(0, verdict.MissingCount).ToArray().Select(bit => NameOf(bit)).OfType<string>().Distinct()],
            Score = worst,
            Features = all,
        };
    }

    private void SetVector(ProcessInstance process)
    {
        Array.Clear(_vector);
        Span<byte> name = stackalloc byte[ProcessFeature.MaxNameBytes + 1];
        foreach (ProcessFeature feature in process.Features)
        {
            int length = Encoding.UTF8.GetBytes(feature.Name, name);
            _space.Set(_vector, feature.Kind, name[..length]);
            for (int copy = 1; copy < feature.Weight; copy++)
            {
                name[length] = (byte)copy;
                _space.Set(_vector, feature.Kind, name[..(length + 1)]);
            }
        }
    }

    /// <summary>The name of a bit; null for the further bits of a heavy feature.</summary>
    private string? NameOf(int bit) => _space.TryName(bit, out FeatureKind kind, out ReadOnlySpan<byte> name) && (name.IsEmpty || name[^1] >= ' ')
        ? $"{new ProcessFeature(kind, "").KindName} {Encoding.UTF8.GetString(name)}"
        : null;

    private IEnumerable<(FeatureKind Kind, byte[] Name)> Names()
    {
        for (int bit = 0; bit < _space.Bits; bit++)
        {
            if (TryName(bit) is (FeatureKind, byte[]) known)
            {
                yield return known;
            }
        }
    }

    private (FeatureKind Kind, byte[] Name)? TryName(int bit) =>
        _space.TryName(bit, out FeatureKind kind, out ReadOnlySpan<byte> name) ? (kind, name.ToArray()) : null;

    private static double Bounded(double distance) => double.IsFinite(distance) ? distance : 1;

    private static Timestamp TimestampOf(DateTimeOffset now) => new((now - DateTimeOffset.UnixEpoch).Ticks * Timestamp.NanosecondsPerTick);
}
