using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Analytics;

/// <summary>What the quotient of each entity is, given those of the others: one equation an entity.</summary>
internal sealed class QuotientEquations
{
    private readonly SegmentationGraph _graph;
    private readonly TypeCoupling[] _couplings;

    public QuotientEquations(SegmentationGraph graph)
    {
        _graph = graph;
        _couplings = graph.Couplings;
        Shares = new double[graph.Capacity];
    }

    /// <summary>The quotients, as shares of their ranges.</summary>
    public double[] Shares { get; }

    /// <summary>What is tried instead of what is.</summary>
    public Trial Trial { get; set; } = Trial.None;

    /// <summary>How an entity's type depends on others.</summary>
    public ref readonly TypeCoupling CouplingOf(int entity) => ref _couplings[_graph.Types[entity]];

    /// <summary>The share of an entity that nothing that others are can change, not below 0; 0 if it is gone; NaN if it depends on others.</summary>
    public double Settled(int entity)
    {
        ref readonly TypeCoupling coupling = ref CouplingOf(entity);
        if (!coupling.IsPlain)
        {
            return !_graph.IsLiveAt(entity) ? 0 : IsSettled(entity) ? Math.Max(0.0, Evaluate(entity)) + 0.0 : double.NaN;
        }

        double alone = Math.Clamp(_graph.Own[entity] + coupling.MeanOfPeersNeutral, 0.0, 1.0) + 0.0;
        bool isAlone = _graph.Inbound.Lengths[entity] == 0;
        return _graph.IsLiveAt(entity) ? isAlone ? alone : double.NaN : 0;
    }

    /// <summary>Whether nothing that others are changes an entity.</summary>
    private bool IsSettled(int entity)
    {
        ref readonly TypeCoupling coupling = ref CouplingOf(entity);
        bool hasPeers = (coupling.MeanOfPeers != 0 || coupling.MinOfPeers != 0) && _graph.Inbound.Lengths[entity] > 0;
        bool hasMembers = coupling.MeanOfMembers != 0 && _graph.FirstMember[entity] >= 0;
        return !hasPeers && !hasMembers && !(coupling.Container != 0 && _graph.Parents[entity] >= 0);
    }

    /// <summary>Computes the share of an entity.</summary>
    public double Evaluate(int entity)
    {
        ref readonly TypeCoupling coupling = ref CouplingOf(entity);
        bool isTried = entity == Trial.Entity;
        double value = isTried && !double.IsNaN(Trial.Own) ? Trial.Own : _graph.Own[entity];
        if (coupling.MeanOfPeers != 0)
        {
            double mean = isTried && Trial.Peers is not null ? Trial.Mean(Shares) : MeanOfPeers(entity, Shares);
            value += double.IsNaN(mean) ? coupling.MeanOfPeersNeutral : coupling.MeanOfPeers * mean;
        }

        if (coupling.MinOfPeers != 0)
        {
            double least = isTried && Trial.Peers is not null ? Trial.Min(Shares) : MinOfPeers(entity);
            value += double.IsNaN(least) ? coupling.MinOfPeersNeutral : coupling.MinOfPeers * least;
        }

        if (coupling.MeanOfMembers != 0)
        {
            double mean = MeanOfMembers(entity);
            value += double.IsNaN(mean) ? coupling.MeanOfMembersNeutral : coupling.MeanOfMembers * mean;
        }

        if (coupling.Container != 0)
        {
            int container = _graph.Parents[entity];
            value += container < 0 ? coupling.ContainerNeutral : coupling.Container * Shares[container];
        }

        return Math.Clamp(value, 0, 1);
    }

    /// <summary>
    /// Computes the share of an entity from what others have told: a mean over peers gets what they have not told yet when they tell
    /// it, and must not have it twice.
    /// </summary>
    public double Announced(int entity, double[] unsent)
    {
        ref readonly TypeCoupling coupling = ref CouplingOf(entity);
        double value = Evaluate(entity);
        if (!coupling.IsPlain)
        {
            return value;
        }

        bool isTried = entity == Trial.Entity && Trial.Peers is not null;
        double untold = isTried ? Trial.Mean(unsent) : MeanOfPeers(entity, unsent);
        return double.IsNaN(untold) ? value : value - coupling.MeanOfPeers * untold;
    }

    /// <summary>The value of one coupled attribute; NaN if there is nobody to couple with.</summary>
    public double Others(int entity, Coupling coupling) => coupling switch
    {
        Coupling.MeanOfPeers => MeanOfPeers(entity, Shares),
        Coupling.MinOfPeers => MinOfPeers(entity),
        Coupling.MeanOfMembers => MeanOfMembers(entity),
        _ => _graph.Parents[entity] < 0 ? double.NaN : Shares[_graph.Parents[entity]],
    };

    /// <summary>Sums shares of listed entities: four sums in a fixed order, so that additions need not wait for one another and the result is always the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(double[] values, ReadOnlySpan<int> listed)
    {
        // Invariant: the graph lets no index into a list that is not below its capacity, the length of the values.
        ref double shares = ref MemoryMarshal.GetArrayDataReference(values);
        ref int first = ref MemoryMarshal.GetReference(listed);
        double sum = 0;
        double sum1 = 0;
        double sum2 = 0;
        double sum3 = 0;
        int i = 0;
        for (; i <= listed.Length - 4; i += 4)
        {
            sum += Unsafe.Add(ref shares, Unsafe.Add(ref first, i));
            sum1 += Unsafe.Add(ref shares, Unsafe.Add(ref first, i + 1));
            sum2 += Unsafe.Add(ref shares, Unsafe.Add(ref first, i + 2));
            sum3 += Unsafe.Add(ref shares, Unsafe.Add(ref first, i + 3));
        }

        for (; i < listed.Length; i++)
        {
            sum += Unsafe.Add(ref shares, Unsafe.Add(ref first, i));
        }

        return sum + sum1 + (sum2 + sum3);
    }

    private double MeanOfPeers(int entity, double[] values)
    {
        ReadOnlySpan<int> peers = _graph.Inbound.Row(entity);
        if (peers.IsEmpty)
        {
            return double.NaN;
        }

        if (_graph.IsUniform[entity])
        {
            return Sum(values, peers) / peers.Length;
        }

        ReadOnlySpan<double> weights = _graph.Inbound.WeightsOf(entity);
        double sum = 0;
        for (int edge = 0; edge < peers.Length; edge++)
        {
            sum += weights[edge] * values[peers[edge]];
        }

        return sum / _graph.WeightSums[entity];
    }

    private double MinOfPeers(int entity)
    {
        double least = double.NaN;
        foreach (int peer in _graph.Inbound.Row(entity))
        {
            least = double.IsNaN(least) ? Shares[peer] : Math.Min(least, Shares[peer]);
        }

        return least;
    }

    private double MeanOfMembers(int entity)
    {
        double sum = 0;
        double sizes = 0;
        for (int member = _graph.FirstMember[entity]; member >= 0; member = _graph.NextMember[member])
        {
            sum += _graph.Sizes[member] * Shares[member];
            sizes += _graph.Sizes[member];
        }

        return sizes == 0 ? double.NaN : sum / sizes;
    }
}
