using Weft.Analytics;
using Weft.Host.Analytics.Alarms;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Analytics.Quotients;

/// <summary>Remembers which flows were seen, keeps the quotients current, and raises alarms of those that are too low. One thread.</summary>
internal sealed class QuotientWatch
{
    private const string AlarmType = "segmentation-quotient";
    private const int MaxFlows = 262_144;
    private const int MaxHistory = 1000;
    private const double WorthTelling = 0.05;

    private readonly SwitchPlan _switch;
    private readonly QuotientPlan _plan;
    private readonly AlarmDesk _desk;
    private readonly EventLog _events;
    private readonly SegmentationInventory _inventory;
    private readonly Dictionary<ObservedFlow, Timestamp> _flows;
    private readonly Queue<QuotientHistorySnapshot> _history;
    private QuotientBoard _board;
    private IReadOnlyList<QuotientSnapshot> _quotients;
    private Timestamp _nextUpdate;
    private bool _isStale;

    public QuotientWatch(SwitchPlan plan, AlarmDesk desk, EventLog events, FlowLog seen)
    {
        (_switch, _plan, _desk, _events) = (plan, plan.Analytics!.Quotients!, desk, events);
        _inventory = new SegmentationInventory(_plan);
        // Places in the inventory may be others now: what was seen is read again by its addresses.
        _flows = [];
        foreach ((ObservedFlow flow, Timestamp last) in seen.Flows)
        {
            Note(new FlowReport(new FlowKey6(flow.From, flow.To, flow.Protocol, 0, flow.Port), 1, 0, 0, 0, last, last, FlowEndReason.Active));
        }

        _history = new Queue<QuotientHistorySnapshot>(seen.History.TakeLast(MaxHistory));
        _board = new QuotientBoard(plan, _inventory, _flows.Keys);
        _quotients = _board.Capture();
    }

    /// <summary>Kinds of flow that count.</summary>
    public int FlowCount => _flows.Count;

    /// <summary>What another watch can go on with.</summary>
    public FlowLog Log => new([.. _flows], [.. _history]);

    /// <summary>Kinds of flow that found no room.</summary>
    public long FlowsRefused { get; private set; }

    public IReadOnlyList<QuotientSnapshot> Quotients => _quotients;

    public IReadOnlyList<QuotientHistorySnapshot> History => [.. _history];

    public void Note(in FlowReport report)
    {
        if (_inventory.Read(report) is not ObservedFlow flow)
        {
            return;
        }

        if (!_flows.ContainsKey(flow))
        {
            if (_flows.Count == MaxFlows)
            {
                FlowsRefused++;
                return;
            }

            _isStale = true;
        }

        _flows[flow] = report.Last;
    }

    public void Advance(Timestamp now)
    {
        if (now < _nextUpdate)
        {
            return;
        }

        bool isFirst = _nextUpdate == Timestamp.Zero;
        _nextUpdate = now + _plan.Update;
        foreach (ObservedFlow old in _flows.Where(entry => now - entry.Value > _plan.Remember).Select(entry => entry.Key).ToArray())
        {
            _ = _flows.Remove(old);
            _isStale = true;
        }

        if (_isStale)
        {
            _isStale = false;
            double before = _board.Whole;
            _board = new QuotientBoard(_switch, _inventory, _flows.Keys);
            _quotients = _board.Capture();
            Tell(before, now);
        }

        if (isFirst || _history.Count == 0 || _history.Last().Quotient != _board.Whole)
        {
            Judge(now);
        }
    }

    /// <summary>What another configuration would come to with the same flows.</summary>
    public IReadOnlyList<QuotientForecastSnapshot> Forecast(SwitchPlan plan)
    {
        if (plan.Analytics?.Quotients is null)
        {
            throw new InvalidOperationException("the other configuration judges no quotients");
        }

        var translated = new QuotientWatch(plan, _desk, _events, Log);
        Dictionary<(string, string), QuotientSnapshot> now = _quotients.ToDictionary(quotient => (quotient.Type, quotient.Name));
        return [.. translated._quotients.Select(then => new QuotientForecastSnapshot(
            then.Type, then.Name, now.TryGetValue((then.Type, then.Name), out QuotientSnapshot? before) ? before.Quotient : null, then.Quotient))];
    }

    private void Tell(double before, Timestamp now)
    {
        if (Math.Abs(_board.Whole - before) >= WorthTelling)
        {
            _events.Publish(now, AnalyticsEventTypes.QuotientChanged, _switch.Name, Math.Round(before, 2), Math.Round(_board.Whole, 2));
        }
    }

    private void Judge(Timestamp now)
    {
        if (_history.Count == MaxHistory)
        {
            _ = _history.Dequeue();
        }

        _history.Enqueue(new QuotientHistorySnapshot(DateTimeOffset.UtcNow, _board.Whole));
        foreach (QuotientSnapshot entity in _quotients.Where(entity => entity.Type != "machine"))
        {
            string qualifier = $"{entity.Type} {entity.Name}";
            if (_plan.AlarmBelow is double limit && entity.Quotient < limit)
            {
                _desk.Raise(AlarmOf(entity, qualifier, limit), now);
            }
            else
            {
                _desk.Clear(AlarmType, qualifier, now);
            }
        }
    }

    private static AlarmDetail AlarmOf(QuotientSnapshot entity, string qualifier, double limit)
    {
        QuotientPartSnapshot worst = entity.Parts.MaxBy(part => part.Possible - part.Points)!;
        AlarmSeverity severity = entity.Quotient < limit / 2 ? AlarmSeverity.Major : AlarmSeverity.Minor;
        return new AlarmDetail(
            AlarmType,
            qualifier,
            severity,
            Math.Clamp(100 - entity.Quotient, 0, 100),
            1,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{qualifier} has a quotient of {entity.Quotient:0.0}, below {limit:0.0}; most is lost by {worst.Name} ({worst.Points:0.0} of {worst.Possible:0.0})"),
            [.. entity.Parts.OrderByDescending(part => part.Possible - part.Points).Select(part => new AlarmFeature(part.Name, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{part.Points:0.0} of {part.Possible:0.0}"), part.Possible - part.Points))]);
    }
}
