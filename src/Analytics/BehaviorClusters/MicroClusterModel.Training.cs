using System.Security.Cryptography;
using Weft.Packets;

namespace Weft.Analytics;

/// <content>Training, regrouping, snapshots, and the state that survives a restart.</content>
public sealed partial class MicroClusterModel
{
    private const uint Magic = 0x31434D57; // "WMC1"

    /// <summary>Adds normal clusters by the leader algorithm: a vector joins the nearest cluster within the radius or leads a new one.</summary>
    /// <param name="vectors">Normal vectors one after another.</param>
    /// <param name="now">The time.</param>
    /// <returns>Normal clusters afterwards.</returns>
    /// <exception cref="ArgumentException">The length is no multiple of the space's words.</exception>
    public int TrainLeaders(ReadOnlySpan<ulong> vectors, Timestamp now)
    {
        int words = RequireVectors(vectors.Length);
        double seconds = Tick(now);
        for (int at = 0; at < vectors.Length; at += words)
        {
            ReadOnlySpan<ulong> vector = vectors.Slice(at, words);
            ReadOnlySpan<ushort> features = _bits.Of(vector);
            int nearest = Nearest(vector, features, ClusterState.Potential, out double distance);
            if (nearest >= 0 && distance <= _options.Epsilon)
            {
                _ = _store.Absorb(nearest, features, seconds);
                _store.Approve(nearest);
            }
            else
            {
                _ = BeginTrained(vector, seconds);
            }
        }

        FinishTraining(seconds);
        return _potential;
    }

    /// <summary>Adds at most <paramref name="k"/> normal clusters by k-modes (Hamming).</summary>
    /// <returns>Normal clusters afterwards.</returns>
    /// <exception cref="ArgumentException">The length is no multiple of the space's words.</exception>
    public int TrainModes(ReadOnlySpan<ulong> vectors, int k, Timestamp now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int words = RequireVectors(vectors.Length);
        double seconds = Tick(now);
        double[] weights = new double[vectors.Length / words];
        Array.Fill(weights, 1);
        var modes = new KModes(vectors, words, weights, k);
        for (int group = 0; group < Math.Min(k, weights.Length); group++)
        {
            int members = modes.Groups.Count(of => of == group);
            int cluster = members == 0 ? -1 : BeginTrained(modes.Mode(group), seconds);
            if (cluster >= 0)
            {
                _store.Raise(cluster, members, seconds);
            }
        }

        FinishTraining(seconds);
        return _potential;
    }

    /// <summary>
    /// Measures the distances of vectors that are normal but were not trained with; p-values refer to them, and with
    /// <see cref="MicroClusterOptions.FalseAlarmRate"/> set they choose the radius. The rate holds as long as what comes is like them.
    /// </summary>
    /// <exception cref="ArgumentException">The length is no multiple of the space's words.</exception>
    public void Calibrate(ReadOnlySpan<ulong> vectors)
    {
        int words = RequireVectors(vectors.Length);
        double[] distances = new double[vectors.Length / words];
        for (int i = 0; i < distances.Length; i++)
        {
            ReadOnlySpan<ulong> vector = vectors.Slice(i * words, words);
            _ = Nearest(vector, _bits.Of(vector), ClusterState.Potential, out distances[i]);
        }

        _calibration = new ConformalThreshold(distances);
        if (_options.FalseAlarmRate is double rate)
        {
            Radius = _calibration.At(rate, none: double.MaxValue);
        }
    }

    /// <summary>Groups the normal clusters into at most <paramref name="k"/> roles by k-modes, each weighing what was seen of it. Allocates.</summary>
    /// <returns>Roles.</returns>
    public int Regroup(int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int[] members = [.. Enumerable.Range(0, _store.Capacity).Where(i => _store.States[i] == ClusterState.Potential)];
        ulong[] centroids = [.. members.SelectMany(i => _store.Centroid(i).ToArray())];
        double[] weights = [.. members.Select(i => _store.WeightAt(i, _now))];
        Array.Fill(_roles, -1);
        if (members.Length == 0)
        {
            return 0;
        }

        var modes = new KModes(centroids, _store.Words, weights, k);
        for (int i = 0; i < members.Length; i++)
        {
            _roles[members[i]] = modes.Groups[i];
        }

        return modes.Groups.Distinct().Count();
    }

    /// <summary>
    /// Groups the normal clusters into roles by density: clusters nearer than <paramref name="reach"/> have one role, and so has
    /// what is reached from them over any number of steps. Allocates.
    /// </summary>
    /// <returns>Roles.</returns>
    public int RegroupByReach(double reach)
    {
        int[] members = [.. Enumerable.Range(0, _store.Capacity).Where(i => _store.States[i] == ClusterState.Potential)];
        Array.Fill(_roles, -1);
        int roles = 0;
        var open = new Stack<int>();
        foreach (int start in members.Where(start => _roles[start] < 0))
        {
            _roles[start] = roles;
            open.Push(start);
            while (open.TryPop(out int from))
            {
                foreach (int to in members)
                {
                    if (_roles[to] < 0 && BitVectors.Distance(_options.Distance, _store.Centroid(from), _store.Centroid(to)) <= reach)
                    {
                        _roles[to] = roles;
                        open.Push(to);
                    }
                }
            }

            roles++;
        }

        return roles;
    }

    /// <summary>Copies the clusters for readers on other threads. Allocates.</summary>
    public MicroClusterSnapshot TakeSnapshot()
    {
        int[] live = [.. Enumerable.Range(0, _store.Capacity).Where(i => _store.States[i] != ClusterState.None)];
        return new MicroClusterSnapshot(
            [.. live.Select(i => new MicroCluster(
                _store.HandleOf(i), _store.States[i], _store.WeightAt(i, _now), _store.IsPinned[i], _store.IsVetoed[i], _store.SourceCounts[i], _roles[i]))],
            [.. live.SelectMany(i => _store.Centroid(i).ToArray())],
            _store.Words,
            _options.Distance,
            Radius);
    }

    /// <summary>
    /// Writes the clusters, with a checksum: a file cut short or damaged is recognised by <see cref="TryRestore"/>. The features'
    /// meaning belongs to the space and is not written. Allocates.
    /// </summary>
    public byte[] Save()
    {
        int[] live = [.. Enumerable.Range(0, _store.Capacity).Where(i => _store.States[i] != ClusterState.None)];
        byte[] bytes = new byte[HeaderBytes + live.Length * ClusterBytes + SHA256.HashSizeInBytes];
        var writer = new StateWriter(bytes);
        writer.Write(Magic);
        writer.Write(_store.Words);
        writer.Write(live.Length);
        writer.Write(_now);
        writer.Write(_nextPrune);
        writer.Write(Radius);
        foreach (int cluster in live)
        {
            _store.Write(cluster, ref writer);
        }

        _ = SHA256.HashData(bytes.AsSpan(0, writer.Length), bytes.AsSpan(writer.Length));
        return bytes;
    }

    /// <summary>Takes up the clusters that <see cref="Save"/> wrote, on a machine of the same byte order. The model must be new.</summary>
    /// <returns>False, and nothing changed, if the bytes are damaged, of another size of vector, or hold more clusters than fit.</returns>
    /// <exception cref="InvalidOperationException">The model has clusters already.</exception>
    public bool TryRestore(ReadOnlySpan<byte> bytes)
    {
        if (_potential + _outliers != 0)
        {
            throw new InvalidOperationException("The state is restored into a new model.");
        }

        int content = bytes.Length - SHA256.HashSizeInBytes;
        if (content < HeaderBytes || !SHA256.HashData(bytes[..content]).AsSpan().SequenceEqual(bytes[content..]))
        {
            return false;
        }

        var reader = new StateReader(bytes);
        uint magic = reader.Read<uint>();
        int words = reader.Read<int>();
        int clusters = reader.Read<int>();
        if (magic != Magic || words != _store.Words || clusters > _store.Capacity || clusters < 0 || content != HeaderBytes + clusters * ClusterBytes)
        {
            return false;
        }

        _now = reader.Read<double>();
        _nextPrune = reader.Read<double>();
        Radius = reader.Read<double>();
        for (int i = 0; i < clusters; i++)
        {
            _store.Read(i, ref reader);
            ref int count = ref _store.States[i] == ClusterState.Potential ? ref _potential : ref _outliers;
            count++;
        }

        return true;
    }

    private static int HeaderBytes => 3 * sizeof(int) + 3 * sizeof(double);

    private int ClusterBytes =>
        3 + 3 * sizeof(double) + sizeof(ulong) * (MicroClusterOptions.MaxSources + 2 * _store.Words) + sizeof(double) * 64 * _store.Words;

    private int BeginTrained(ReadOnlySpan<ulong> vector, double now)
    {
        int place = FreePlace(now);
        if (place < 0)
        {
            _counters.TrainingRefused++;
            return -1;
        }

        _store.Begin(place, ClusterState.Potential, _bits.Of(vector), now);
        _roles[place] = -1;
        _potential++;
        _counters.Trained++;
        return place;
    }

    private void FinishTraining(double now)
    {
        for (int i = 0; i < _store.Capacity; i++)
        {
            if (_store.States[i] == ClusterState.Potential)
            {
                _store.Raise(i, _options.Mu, now);
                _store.Approve(i);
            }
        }
    }

    private int RequireVectors(int length)
    {
        if (length % _store.Words != 0)
        {
            throw new ArgumentException($"vectors has {length} words, which is no multiple of {_store.Words}.");
        }

        return _store.Words;
    }
}
