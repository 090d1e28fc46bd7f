using Weft.Analytics;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Analytics.Traffic;

/// <summary>A meter a worker, which outlive configurations that ask for the same.</summary>
internal sealed class FlowMeters(HashSeed seed) : IDisposable
{
    private FlowMeterPlan? _plan;
    private FlowMeterPlan? _nextPlan;
    private volatile FlowMeter[] _meters = [];
    private FlowMeter[] _next = [];

    /// <summary>Those in use. Any one thread may take their reports.</summary>
    public IReadOnlyList<FlowMeter> All => _meters;

    /// <summary>Makes meters for a configuration that is about to be built, or takes those that there are.</summary>
    public void Prepare(SwitchPlan plan)
    {
        FlowMeterPlan? wanted = plan.Analytics?.Flows;
        bool isSame = wanted == _plan && _meters.Length == (wanted is null ? 0 : plan.Workers);
        _nextPlan = wanted;
        _next = isSame ? _meters : wanted is null ? [] : [.. Enumerable.Range(0, plan.Workers).Select(_ => new FlowMeter(new FlowMeterOptions
        {
            Flows = wanted.Flows,
            ActiveTimeout = wanted.Active,
            IdleTimeout = wanted.Idle,
            Seed = seed,
        }))];
    }

    /// <summary>The meter of a worker of the configuration that is being built; null if nobody wants to know.</summary>
    public FlowMeter? Of(int worker) => worker < _next.Length ? _next[worker] : null;

    /// <summary>The configuration is in force: the meters of the one before are done with.</summary>
    public void Commit()
    {
        FlowMeter[] old = _meters;
        (_meters, _plan) = (_next, _nextPlan);
        Array.ForEach([.. old.Except(_meters)], meter => meter.Dispose());
    }

    /// <summary>The configuration was refused.</summary>
    public void Abandon()
    {
        Array.ForEach([.. _next.Except(_meters)], meter => meter.Dispose());
        _next = _meters;
    }

    public void Dispose() => Array.ForEach(_meters, meter => meter.Dispose());
}
