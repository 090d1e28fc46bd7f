using Weft.Flows;

namespace Weft.Analytics;

/// <summary>
/// What there is to segment: typed entities, one inside another, what was measured of each, and which peers policy allows to reach
/// each. Input of a <see cref="QuotientSolver"/>.
/// </summary>
/// <remarks>
/// Containment is a tree by construction: an entity is added inside another and stays there. One thread at a time. Memory for
/// entities is allocated by the constructor; the lists of peers grow when a longer one is set than ever before.
/// </remarks>
public sealed class SegmentationGraph
{
    private readonly uint[] _generations;
    private readonly int[] _free;
    private int _freeCount;
    private SegmentationCounters _counters;

    /// <summary>Creates an empty graph.</summary>
    /// <param name="model">Types and attributes.</param>
    /// <param name="capacity">Entities, 1 to 16,777,216.</param>
    public SegmentationGraph(QuotientModel model, int capacity)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);
        Model = model;
        Stride = Math.Max(1, model.OfType.Max(attributes => attributes.Length));
        _generations = new uint[capacity];
        _free = [.. Enumerable.Range(0, capacity).Reverse()];
        _freeCount = capacity;
        Types = new int[capacity];
        Parents = new int[capacity];
        FirstMember = new int[capacity];
        NextMember = new int[capacity];
        PreviousMember = new int[capacity];
        Sizes = new double[capacity];
        Own = new double[capacity];
        Values = new double[capacity * Stride];
        Inbound = new AdjacencyRows(capacity);
        Outbound = new AdjacencyRows(capacity);
        IsUniform = new bool[capacity];
        WeightSums = new double[capacity];
        PeerShares = new double[capacity];
        Couplings = [.. model.OfType.Select(attributes => new TypeCoupling(attributes.Select(i => model.Attributes[i])))];
    }

    /// <summary>Types and attributes.</summary>
    public QuotientModel Model { get; }

    /// <summary>Entities.</summary>
    public int Count => _free.Length - _freeCount;

    /// <summary>Places for entities; handles' indices are below it.</summary>
    public int Capacity => _free.Length;

    /// <summary>What was refused so far.</summary>
    public ref readonly SegmentationCounters Counters => ref _counters;

    internal int Stride { get; }

    internal int[] Types { get; }

    internal int[] Parents { get; }

    internal int[] FirstMember { get; }

    internal int[] NextMember { get; }

    internal int[] PreviousMember { get; }

    internal double[] Sizes { get; }

    /// <summary>What the measured attributes give, as a share of 1.</summary>
    internal double[] Own { get; }

    internal double[] Values { get; }

    internal AdjacencyRows Inbound { get; }

    internal AdjacencyRows Outbound { get; }

    internal bool[] IsUniform { get; }

    internal double[] WeightSums { get; }

    /// <summary>What a quotient gets of a peer's for each unit of weight, if it is a mean over peers and nothing else; otherwise NaN.</summary>
    internal double[] PeerShares { get; }

    /// <summary>How each type depends on others.</summary>
    internal TypeCoupling[] Couplings { get; }

    /// <summary>Adds an entity.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="container">The entity around it, or <see cref="SlotHandle.None"/>.</param>
    /// <param name="size">How much it counts among the members of its container, above 0 and finite.</param>
    /// <returns>Its handle; none if the graph is full or the container is gone.</returns>
    public SlotHandle Add(EntityType type, SlotHandle container, double size = 1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)type.Index, (uint)Model.TypeCount, nameof(type));
        if (!(size > 0 && double.IsFinite(size)))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "The size is above 0 and finite.");
        }

        if (!container.IsNone && !IsLive(container))
        {
            _counters.StaleHandle++;
            return SlotHandle.None;
        }

        if (_freeCount == 0)
        {
            _counters.Full++;
            return SlotHandle.None;
        }

        int entity = _free[--_freeCount];
        _generations[entity]++;
        Types[entity] = type.Index;
        Sizes[entity] = size;
        Parents[entity] = container.IsNone ? -1 : container.Index;
        FirstMember[entity] = -1;
        PreviousMember[entity] = -1;
        NextMember[entity] = container.IsNone ? -1 : FirstMember[container.Index];
        if (!container.IsNone)
        {
            if (NextMember[entity] >= 0)
            {
                PreviousMember[NextMember[entity]] = entity;
            }

            FirstMember[container.Index] = entity;
        }

        IsUniform[entity] = true;
        WeightSums[entity] = 0;
        PeerShares[entity] = Couplings[type.Index].IsPlain ? 0 : double.NaN;
        Values.AsSpan(entity * Stride, Stride).Fill(double.NaN);
        Own[entity] = OwnOf(entity, replaced: -1, 0);
        return HandleOf(entity);
    }

    /// <summary>Removes an entity without members, and every edge to and from it.</summary>
    /// <returns>False if it is gone or has members.</returns>
    public bool Remove(SlotHandle entity)
    {
        if (!RequireLive(entity))
        {
            return false;
        }

        int at = entity.Index;
        if (FirstMember[at] >= 0)
        {
            _counters.HasMembers++;
            return false;
        }

        ClearInbound(at);
        foreach (int reached in Outbound.Row(at))
        {
            Inbound.Remove(reached, at);
            Summarise(reached);
        }

        Outbound.Clear(at);
        ref int before = ref PreviousMember[at] >= 0 ? ref NextMember[PreviousMember[at]] : ref FirstMember[Math.Max(0, Parents[at])];
        if (Parents[at] >= 0)
        {
            before = NextMember[at];
            if (NextMember[at] >= 0)
            {
                PreviousMember[NextMember[at]] = PreviousMember[at];
            }
        }

        _generations[at]++;
        _free[_freeCount++] = at;
        return true;
    }

    /// <summary>Notes what was measured.</summary>
    /// <returns>False, and the old value stays, if the entity is gone, the attribute is not one of its own, or the value is negative or no finite number.</returns>
    public bool SetAttribute(SlotHandle entity, QuotientAttribute attribute, double value)
    {
        if (!RequireLive(entity))
        {
            return false;
        }

        int place = PlaceOf(entity.Index, attribute);
        if (place < 0)
        {
            _counters.WrongAttribute++;
            return false;
        }

        if (!(value >= 0 && double.IsFinite(value)))
        {
            _counters.BadValue++;
            return false;
        }

        Values[entity.Index * Stride + place] = value;
        Own[entity.Index] = OwnOf(entity.Index, replaced: -1, 0);
        return true;
    }

    /// <summary>Says which peers policy allows to reach an entity, instead of those before.</summary>
    /// <returns>False, and the old list stays, if the entity or a peer is gone, or a weight is not above 0.</returns>
    public bool SetPeers(SlotHandle entity, ReadOnlySpan<PeerEdge> allowedInbound)
    {
        if (!RequireLive(entity))
        {
            return false;
        }

        if (!ArePeers(entity, allowedInbound))
        {
            _counters.BadPeer++;
            return false;
        }

        ClearInbound(entity.Index);
        Inbound.Reserve(entity.Index, allowedInbound.Length);
        foreach (PeerEdge edge in allowedInbound)
        {
            Inbound.Add(entity.Index, edge.Peer.Index, edge.Weight);
            Outbound.Add(edge.Peer.Index, entity.Index, edge.Weight);
        }

        Summarise(entity.Index);
        return true;
    }

    /// <summary>True if the entity is in the graph.</summary>
    public bool IsLive(SlotHandle entity) =>
        (uint)entity.Index < (uint)_generations.Length && (entity.Generation & 1) != 0 && _generations[entity.Index] == entity.Generation;

    internal bool IsLiveAt(int entity) => (_generations[entity] & 1) != 0;

    internal SlotHandle HandleOf(int entity) => new(entity, _generations[entity]);

    internal bool ArePeers(SlotHandle entity, ReadOnlySpan<PeerEdge> edges)
    {
        foreach (PeerEdge edge in edges)
        {
            if (!IsLive(edge.Peer) || edge.Peer == entity || !(edge.Weight > 0 && double.IsFinite(edge.Weight)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Place of a measured attribute among those of the entity's type, or -1.</summary>
    internal int PlaceOf(int entity, QuotientAttribute attribute)
    {
        bool isOwn = (uint)attribute.Index < (uint)Model.AttributeCount
            && Model.Attributes[attribute.Index].Type == Types[entity]
            && Model.Attributes[attribute.Index].Coupling is null;
        return isOwn ? Array.IndexOf(Model.OfType[Types[entity]], attribute.Index) : -1;
    }

    /// <summary>What the measured attributes give, with one of them replaced.</summary>
    internal double OwnOf(int entity, int replaced, double value)
    {
        double sum = 0;
        int[] attributes = Model.OfType[Types[entity]];
        for (int i = 0; i < attributes.Length; i++)
        {
            ref readonly AttributeDefinition attribute = ref Model.Attributes[attributes[i]];
            if (attribute.Coupling is null)
            {
                double measured = i == replaced ? value : Values[entity * Stride + i];
                sum += attribute.Share * (double.IsNaN(measured) ? attribute.Neutral : attribute.Of(measured));
            }
        }

        return sum;
    }

    private bool RequireLive(SlotHandle entity)
    {
        bool isLive = IsLive(entity);
        _counters.StaleHandle += isLive ? 0 : 1;
        return isLive;
    }

    private void ClearInbound(int entity)
    {
        foreach (int peer in Inbound.Row(entity))
        {
            Outbound.Remove(peer, entity);
        }

        Inbound.Clear(entity);
        Summarise(entity);
    }

    private void Summarise(int entity)
    {
        double sum = 0;
        bool isUniform = true;
        foreach (double weight in Inbound.WeightsOf(entity))
        {
            sum += weight;
            isUniform &= weight == Inbound.WeightsOf(entity)[0];
        }

        WeightSums[entity] = sum;
        PeerShares[entity] = !Couplings[Types[entity]].IsPlain ? double.NaN : sum == 0 ? 0 : Couplings[Types[entity]].MeanOfPeers / sum;
        IsUniform[entity] = isUniform;
    }
}
