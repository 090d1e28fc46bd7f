using System.Text;
using Weft.Analytics;
using Weft.Packets;

namespace Weft.Host.Analytics.Behaviour;

/// <summary>
/// How unusual single actions are, by holo-entropy: beside what the program did before, or beside the whole machine where the
/// program is new.
/// </summary>
internal sealed class ActionScorer : IDisposable
{
    private const int MaxRemembered = 16_384;
    private const int MaxPrograms = 63;
    private const int MaxValues = 1024;
    private const int MaxPairs = 2048;
    private static readonly byte[] Machine = "*"u8.ToArray();

    private readonly HoloEntropySchema _schema;
    private readonly AttributeId[] _attributes;
    private readonly IntendedStates _states;
    private readonly ushort[] _row;
    private readonly AttributeContribution[] _contributions;
    private readonly Queue<(BehaviourRow Row, ulong Source)> _remembered = new();
    private bool _isStale;

    public ActionScorer(double falseAlarmRate, HashSeed seed)
    {
        _schema = new HoloEntropySchema(seed);
        _attributes = [
            _schema.AddAttribute("process.executable", MaxValues),
            _schema.AddAttribute("process.parent.executable", MaxValues),
            _schema.AddAttribute("user.id", 256),
            _schema.AddAttribute("action", 16),
            _schema.AddAttribute("target", MaxValues)];
        // Marginal counts do not see that a common program and a common target never met.
        _ = _schema.AddComposite("program and parent", [_attributes[0], _attributes[1]], MaxPairs);
        _ = _schema.AddComposite("program, action and target", [_attributes[0], _attributes[3], _attributes[4]], MaxPairs);
        _ = _schema.AddComposite("parent, action and target", [_attributes[1], _attributes[3], _attributes[4]], MaxPairs);
        _states = new IntendedStates(_schema, new IntendedStatesOptions
        {
            Processes = MaxPrograms + 1,
            RowsPerProcess = 2048,
            Sources = 65_536,
            AdaptRate = true,
            Scoring = new HoloEntropyOptions { FalseAlarmRate = falseAlarmRate },
            Seed = seed,
        });
        _row = new ushort[_schema.ColumnCount];
        _contributions = new AttributeContribution[_schema.ColumnCount];
    }

    /// <summary>Rows as they were learned, the latest last; what survives a restart.</summary>
    public IReadOnlyCollection<(BehaviourRow Row, ulong Source)> Remembered => _remembered;

    /// <summary>Values that found their table full: what is new then looks like everything else that is new.</summary>
    public long RefusedValues => Enumerable.Range(0, _schema.ColumnCount).Sum(column => _schema.RefusedValues(new AttributeId(column)));

    /// <summary>Columns whose table is full, with how many values found no room.</summary>
    public IEnumerable<(string Column, long Refused)> Saturated => Enumerable.Range(0, _schema.ColumnCount).Select(column => new AttributeId(column))
        .Select(column => (_schema.NameOf(column), _schema.RefusedValues(column))).Where(column => column.Item2 > 0);

    public void Learn(BehaviourRow row, ulong source)
    {
        string[] values = [row.Executable, row.Parent, row.User, row.Action, row.Target];
        for (int i = 0; i < _attributes.Length; i++)
        {
            _row[i] = _schema.Intern(_attributes[i], Encoding.UTF8.GetBytes(values[i]));
        }

        _schema.Complete(_row, learn: true);
        _ = _states.Learn(Machine, _row, source);
        _ = _states.Learn(Encoding.UTF8.GetBytes(row.Executable), _row, source);
        if (_remembered.Count == MaxRemembered)
        {
            _ = _remembered.Dequeue();
        }

        _remembered.Enqueue((row, source));
        _isStale = true;
    }

    /// <summary>Makes what was learned count. Costs a pass over all tables, so not for every row.</summary>
    public void Publish()
    {
        if (_isStale)
        {
            _states.Publish();
            _isStale = false;
        }
    }

    /// <summary>Scores an action and says what about it is unusual.</summary>
    /// <param name="row">The action.</param>
    /// <param name="features">Receives the plain attributes with what each contributes above the usual.</param>
    public AlarmScore? Score(BehaviourRow row, List<AlarmFeature> features)
    {
        features.Clear();
        HoloEntropySnapshot? state = _states.Find(Encoding.UTF8.GetBytes(row.Executable)) ?? _states.Find(Machine);
        if (state is null)
        {
            return null;
        }

        string[] values = [row.Executable, row.Parent, row.User, row.Action, row.Target];
        for (int i = 0; i < _attributes.Length; i++)
        {
            _row[i] = state.Schema.Find(_attributes[i], Encoding.UTF8.GetBytes(values[i]));
        }

        state.Schema.Complete(_row, learn: false);
        _ = state.Explain(_row, _contributions);
        for (int i = 0; i < values.Length; i++)
        {
            features.Add(new AlarmFeature(i == values.Length - 1 ? row.Action : state.Schema.NameOf(_attributes[i]), values[i], _contributions[i].Excess));
        }

        _ = features.RemoveAll(feature => feature.Name == "action");
        return state.Score(_row);
    }

    public void Dispose() => _states.Dispose();
}
