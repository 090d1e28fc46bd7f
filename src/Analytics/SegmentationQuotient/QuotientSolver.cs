using Weft.Flows;

namespace Weft.Analytics;

/// <summary>
/// Computes the quotients of all entities of a graph: the level of security of each, made of what was measured of it and of the
/// quotients around it. <see cref="Solve"/> once, then <see cref="Update"/> after each change.
/// </summary>
/// <remarks>
/// A sweep brings every vector of quotients nearer to the only solution by a factor of <see cref="QuotientModel.Contraction"/> at
/// least (Banach), so that the last change bounds the error. One thread at a time; nothing allocates after the constructor, except that
/// <see cref="Solve"/> takes room for edges when there are more than ever before.
/// </remarks>
public sealed class QuotientSolver
{
    private readonly SegmentationGraph _graph;
    private readonly QuotientEquations _equations;
    private readonly ReducedGraph _reduced;
    private readonly double[] _shares;
    private readonly double[] _unsent;
    private readonly bool[] _isQueued;
    private readonly bool[] _isDue;
    private readonly int[] _queue;
    private readonly int[] _journal;
    private readonly double[] _before;
    private readonly double[] _unsentBefore;
    private readonly bool[] _isJournaled;
    private readonly double _contraction;
    private int _queueHead;
    private int _queueCount;
    private int _journalCount;
    private int _tried = -1;
    private double _solvedBound = 1;

    /// <summary>Creates a solver and all the memory it needs.</summary>
    public QuotientSolver(SegmentationGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        _graph = graph;
        _contraction = graph.Model.Contraction;
        _equations = new QuotientEquations(graph);
        _reduced = new ReducedGraph(graph, _equations);
        int capacity = graph.Capacity;
        _shares = _equations.Shares;
        _unsent = new double[capacity];
        _isQueued = new bool[capacity];
        _isDue = new bool[capacity];
        _queue = new int[capacity];
        _journal = new int[capacity];
        _before = new double[capacity];
        _unsentBefore = new double[capacity];
        _isJournaled = new bool[capacity];
        Array.Fill(_shares, 0.5);
    }

    /// <summary>The quotient of an entity; NaN if it is gone.</summary>
    public double QuotientOf(SlotHandle entity) => _graph.IsLive(entity) ? InRange(entity.Index, _shares[entity.Index]) : double.NaN;

    /// <summary>Computes all quotients, from what they are now.</summary>
    /// <param name="tolerance">Largest error allowed, as a share of the range; above 0.</param>
    /// <param name="maxSweeps">Most sweeps; 1,000 by default.</param>
    /// <param name="sweep">Which values a sweep reads.</param>
    public SolveResult Solve(double tolerance = 1e-9, int maxSweeps = 1_000, QuotientSweep sweep = QuotientSweep.GaussSeidel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(tolerance, 0);
        double bound = 1;
        int sweeps = 0;
        _reduced.Build();
        while (bound > tolerance && sweeps < maxSweeps)
        {
            double change = _reduced.Sweep(sweep);
            sweeps++;
            bound = Math.Min(1, change * _contraction / (1 - _contraction));
        }

        Array.Clear(_unsent);
        Array.Clear(_isQueued);
        Array.Clear(_isDue);
        _queueHead = 0;
        _queueCount = 0;
        _solvedBound = bound;
        return new SolveResult(sweeps, (long)sweeps * _graph.Count, bound, bound <= tolerance);
    }

    /// <summary>Sets every quotient to the same share of its range, where the next <see cref="Solve"/> begins.</summary>
    public void Reset(double share = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        Array.Fill(_shares, share);
        _solvedBound = 1;
    }

    /// <summary>
    /// Computes what follows from changes of some entities: their attributes, peers, members, or that they are new. Work grows with
    /// what the changes reach, not with the graph.
    /// </summary>
    /// <param name="changed">The entities; for one that was removed, those that it could reach, and its container.</param>
    /// <param name="tolerance">Error added to that of the last <see cref="Solve"/>, as a share of the range; above 0.</param>
    /// <param name="maxEvaluations">Most entities computed; what is left over is done by the next call.</param>
    public SolveResult Update(ReadOnlySpan<SlotHandle> changed, double tolerance = 1e-9, long maxEvaluations = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(tolerance, 0);
        foreach (SlotHandle entity in changed)
        {
            if (_graph.IsLive(entity))
            {
                MakeDue(entity.Index);
            }
        }

        return Push(tolerance, maxEvaluations);
    }

    /// <summary>Explains a quotient: what each attribute gives. The increments and the range's low end sum to the quotient, within the error bound.</summary>
    /// <returns>Increments written; 0 if the entity is gone.</returns>
    /// <exception cref="ArgumentException">The span is shorter than the type has attributes.</exception>
    public int Explain(SlotHandle entity, Span<AttributeIncrement> increments)
    {
        if (!_graph.IsLive(entity))
        {
            return 0;
        }

        int at = entity.Index;
        int[] attributes = _graph.Model.OfType[_graph.Types[at]];
        if (increments.Length < attributes.Length)
        {
            throw new ArgumentException($"{nameof(increments)} has {increments.Length} elements; the type has {attributes.Length} attributes.");
        }

        (double low, double high) = _graph.Model.Ranges[_graph.Types[at]];
        for (int i = 0; i < attributes.Length; i++)
        {
            ref readonly AttributeDefinition attribute = ref _graph.Model.Attributes[attributes[i]];
            double measured = _graph.Values[at * _graph.Stride + i];
            double value = attribute.Coupling is Coupling coupling ? _equations.Others(at, coupling)
                : double.IsNaN(measured) ? double.NaN : attribute.Of(measured);
            double share = attribute.Share * (double.IsNaN(value) ? attribute.Neutral : value);
            increments[i] = new AttributeIncrement(new QuotientAttribute(attributes[i]), (high - low) * share, (high - low) * attribute.Share);
        }

        return attributes.Length;
    }

    /// <summary>
    /// What would follow if policy allowed other peers to reach an entity. Nothing is changed, to the last bit; what an update left
    /// over is done first.
    /// </summary>
    /// <param name="entity">The entity.</param>
    /// <param name="allowedInbound">Its peers then.</param>
    /// <param name="affected">Receives entities whose quotient would change by more than the tolerance, as many as fit.</param>
    /// <param name="tolerance">As for <see cref="Update"/>.</param>
    /// <returns>Entities affected, which may be more than fit; -1 if the entity or a peer is gone or a weight is not above 0.</returns>
    public int WhatIfPeers(SlotHandle entity, ReadOnlySpan<PeerEdge> allowedInbound, Span<QuotientChange> affected, double tolerance = 1e-9)
    {
        if (!_graph.IsLive(entity) || !_graph.ArePeers(entity, allowedInbound))
        {
            return -1;
        }

        _equations.Trial = new Trial(entity.Index, double.NaN, allowedInbound.ToArray());
        return Try(affected, tolerance);
    }

    /// <summary>What would follow if something else were measured of an entity. Nothing is changed, to the last bit.</summary>
    /// <returns>Entities affected, which may be more than fit; -1 if the entity is gone, or the attribute or value would be refused.</returns>
    public int WhatIfAttribute(SlotHandle entity, QuotientAttribute attribute, double value, Span<QuotientChange> affected, double tolerance = 1e-9)
    {
        int place = _graph.IsLive(entity) && value >= 0 && double.IsFinite(value) ? _graph.PlaceOf(entity.Index, attribute) : -1;
        if (place < 0)
        {
            return -1;
        }

        _equations.Trial = new Trial(entity.Index, _graph.OwnOf(entity.Index, place, value), null);
        return Try(affected, tolerance);
    }

    private int Try(Span<QuotientChange> affected, double tolerance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(tolerance, 0);
        if (_queueCount > 0)
        {
            _ = Push(tolerance, long.MaxValue, isTrial: false);
        }

        MakeDue(_equations.Trial.Entity);
        _ = Push(tolerance, long.MaxValue);
        int count = 0;
        for (int i = 0; i < _journalCount; i++)
        {
            int entity = _journal[i];
            if (Math.Abs(_shares[entity] - _before[entity]) > tolerance)
            {
                if (count < affected.Length)
                {
                    affected[count] = new QuotientChange(_graph.HandleOf(entity), InRange(entity, _before[entity]), InRange(entity, _shares[entity]));
                }

                count++;
            }

            _shares[entity] = _before[entity];
            _unsent[entity] = _unsentBefore[entity];
            _isJournaled[entity] = false;
        }

        _journalCount = 0;
        _equations.Trial = Trial.None;
        return count;
    }

    /// <summary>
    /// Residual push (Gauss-Southwell). An entity tells the ones that depend on it when what it has not told them exceeds a limit; the
    /// limit times the contraction bounds what is wrong in each of them. To a mean over peers only the difference is told, so that a
    /// hub that thousands may reach costs no more than a machine that one may reach; whatever else depends on it is computed anew.
    /// </summary>
    private SolveResult Push(double tolerance, long maxEvaluations, bool isTrial = true)
    {
        Trial trial = _equations.Trial;
        if (!isTrial)
        {
            _equations.Trial = Trial.None;
        }

        _tried = _equations.Trial.Entity;
        double limit = _contraction == 0 ? double.PositiveInfinity : tolerance * (1 - _contraction) / _contraction;
        long evaluations = 0;
        while (_queueCount > 0 && evaluations < maxEvaluations)
        {
            int entity = _queue[_queueHead];
            _queueHead = _queueHead + 1 == _queue.Length ? 0 : _queueHead + 1;
            _queueCount--;
            _isQueued[entity] = false;
            if (!_graph.IsLiveAt(entity))
            {
                continue;
            }

            evaluations++;
            if (_isDue[entity])
            {
                _isDue[entity] = false;
                Change(entity, _equations.Announced(entity, _unsent) - _shares[entity]);
            }

            if (Math.Abs(_unsent[entity]) > limit)
            {
                Send(entity, limit);
            }
        }

        _equations.Trial = trial;
        _tried = -1;
        bool isDone = _queueCount == 0;
        return new SolveResult(0, evaluations, isDone ? Math.Min(1, _solvedBound + tolerance) : 1, isDone);
    }

    private void Change(int entity, double difference)
    {
        if (difference != 0)
        {
            Remember(entity);
            _shares[entity] += difference;
            _unsent[entity] += difference;
        }
    }

    /// <summary>Notes what to restore after a trial.</summary>
    private void Remember(int entity)
    {
        if (_tried >= 0 && !_isJournaled[entity])
        {
            _isJournaled[entity] = true;
            _before[entity] = _shares[entity];
            _unsentBefore[entity] = _unsent[entity];
            _journal[_journalCount++] = entity;
        }
    }

    private void Send(int entity, double limit)
    {
        Remember(entity);
        double difference = _unsent[entity];
        _unsent[entity] = 0;
        ReadOnlySpan<int> reached = _graph.Outbound.Row(entity);
        ReadOnlySpan<double> weights = _graph.Outbound.WeightsOf(entity);
        for (int edge = 0; edge < reached.Length; edge++)
        {
            int other = reached[edge];
            double share = _graph.PeerShares[other];
            if (double.IsNaN(share) || other == _tried)
            {
                MakeDue(other);
                continue;
            }

            Change(other, share * weights[edge] * difference);
            if (Math.Abs(_unsent[other]) > limit)
            {
                Enqueue(other);
            }
        }

        if (_graph.Parents[entity] >= 0)
        {
            MakeDue(_graph.Parents[entity]);
        }

        for (int member = _graph.FirstMember[entity]; member >= 0; member = _graph.NextMember[member])
        {
            if (_equations.CouplingOf(member).Container != 0)
            {
                MakeDue(member);
            }
        }

        // An edge that only the trial has is in no list.
        if (_equations.Trial.Peers is not null)
        {
            MakeDue(_equations.Trial.Entity);
        }
    }

    /// <summary>Has an entity computed from all that it depends on.</summary>
    private void MakeDue(int entity)
    {
        _isDue[entity] = true;
        Enqueue(entity);
    }

    private void Enqueue(int entity)
    {
        if (!_isQueued[entity])
        {
            _isQueued[entity] = true;
            int tail = _queueHead + _queueCount;
            _queue[tail >= _queue.Length ? tail - _queue.Length : tail] = entity;
            _queueCount++;
        }
    }

    private double InRange(int entity, double share)
    {
        (double low, double high) = _graph.Model.Ranges[_graph.Types[entity]];
        return low + (high - low) * share;
    }
}
