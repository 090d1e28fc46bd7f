using Weft.Flows;
using Weft.Flows.Hashing;

namespace Weft.Analytics;

/// <summary>
/// The intended state of every process: what was seen of it while it was discovered. <see cref="Learn"/> in discovery,
/// <see cref="Publish"/>, then <see cref="Find"/> the snapshot that scores the process's alarms.
/// </summary>
/// <remarks>One thread at a time, except snapshots. Learning allocates when a process is met for the first time, and never else.</remarks>
public sealed class IntendedStates : IDisposable
{
    private readonly HoloEntropySchema _schema;
    private readonly IntendedStatesOptions _options;
    private readonly Dictionary<ulong, State> _states;
    private readonly FlowTable<SourceKey, long> _sources;

    /// <summary>Creates states of no process.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public IntendedStates(HoloEntropySchema schema, IntendedStatesOptions options)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        schema.Freeze();
        _schema = schema;
        _options = options;
        _states = new Dictionary<ulong, State>(options.Processes);
        _sources = new FlowTable<SourceKey, long>(new FlowTableOptions { Capacity = options.Sources, Seed = options.Seed });
    }

    /// <summary>Processes known.</summary>
    public int Count => _states.Count;

    /// <summary>Adds a row to the intended state of a process.</summary>
    /// <param name="process">Which process: its executable, or its role.</param>
    /// <param name="row">A complete row.</param>
    /// <param name="source">Who reports it: a number of the machine or agent.</param>
    public LearnOutcome Learn(ReadOnlySpan<byte> process, ReadOnlySpan<ushort> row, ulong source)
    {
        ulong key = SipHash24.Hash(_options.Seed, process);
        if (!_states.TryGetValue(key, out State? state) && _states.Count == _options.Processes)
        {
            return LearnOutcome.TooManyProcesses;
        }

        if (_sources.Add(new SourceKey(key, source), out FlowHandle handle) == FlowAddResult.Refused)
        {
            return LearnOutcome.TooManySources;
        }

        if (_sources[handle] >= _options.RowsPerSource)
        {
            return LearnOutcome.SourceExhausted;
        }

        state ??= _states[key] = new State(new HoloEntropyWindow(_schema, _options.RowsPerProcess));
        if (!state.Window.Add(row))
        {
            return LearnOutcome.Malformed;
        }

        _sources[handle]++;
        return LearnOutcome.Learned;
    }

    /// <summary>Makes the snapshots of all processes anew. Costs a pass over their tables and windows.</summary>
    public void Publish()
    {
        foreach (State state in _states.Values)
        {
            state.Snapshot = state.Window.Model.Publish(ScoringOf(state.Window.Model.RowCount), state.Window.Rows);
        }
    }

    /// <summary>The published intended state of a process; null if it is not known or not published.</summary>
    public HoloEntropySnapshot? Find(ReadOnlySpan<byte> process) =>
        _states.TryGetValue(SipHash24.Hash(_options.Seed, process), out State? state) ? state.Snapshot : null;

    /// <summary>Of n rows and the one to judge, 1 in n + 1 is the smallest share there is.</summary>
    private HoloEntropyOptions ScoringOf(long rows) => _options.AdaptRate && rows > 0
        ? _options.Scoring with { FalseAlarmRate = Math.Min(0.5, Math.Max(_options.Scoring.FalseAlarmRate, 1.0 / (rows + 1))) }
        : _options.Scoring;

    /// <summary>Frees the table of sources.</summary>
    public void Dispose() => _sources.Dispose();

    private readonly record struct SourceKey(ulong Process, ulong Source);

    private sealed class State(HoloEntropyWindow window)
    {
        public HoloEntropyWindow Window { get; } = window;

        public HoloEntropySnapshot? Snapshot { get; set; }
    }
}
