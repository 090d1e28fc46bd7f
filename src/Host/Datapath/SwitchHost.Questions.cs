using Weft.Host.Analytics;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath;

/// <content>What it can be asked; nothing of this changes anything.</content>
public sealed partial class SwitchHost
{
    /// <summary>A picture of the switch, taken between two bursts.</summary>
    /// <exception cref="InvalidOperationException">The switch has ended; <see cref="Completion"/> has its last picture.</exception>
    public async Task<SwitchSnapshot> SnapshotAsync(SnapshotParts parts = SnapshotParts.All)
    {
        SwitchSnapshot snapshot = await Ask(() => _switch.Snapshot(parts)).ConfigureAwait(false);
        return snapshot with { Analytics = _analytics?.Picture, Cluster = _cluster?.Capture(Timestamp.FromMonotonicClock()), LastReload = _lastReload };
    }

    /// <summary>The configuration in force.</summary>
    /// <exception cref="InvalidOperationException">The switch has ended.</exception>
    public Task<SwitchPlan> PlanAsync() => Ask(() => _switch.Plan);

    /// <summary>The watch over the machine; null if nothing is watched.</summary>
    internal AnalyticsService? Analytics => _analytics;

    /// <summary>Rules of firewalls, each of which <see cref="ForecastWithoutAsync"/> can think away.</summary>
    /// <returns>By service, the names of its rules, in the order of the configuration.</returns>
    /// <exception cref="InvalidOperationException">The switch has ended.</exception>
    public async Task<IReadOnlyList<(string Service, IReadOnlyList<string> Rules)>> FirewallRulesAsync()
    {
        SwitchPlan plan = await PlanAsync().ConfigureAwait(false);
        return [.. plan.Services.Where(service => service.Rules.Count > 0).Select(service => (service.Name, (IReadOnlyList<string>)[.. service.Rules.Select(rule => rule.Name)]))];
    }

    /// <summary>What quotients would be without a rule of a firewall, with the flows that were seen. Nothing changes.</summary>
    /// <param name="service">Name of the service.</param>
    /// <param name="rule">Name of its rule.</param>
    /// <exception cref="InvalidOperationException">There is no such rule, nobody judges quotients, or the switch has ended.</exception>
    public async Task<IReadOnlyList<QuotientForecastSnapshot>> ForecastWithoutAsync(string service, string rule) =>
        await ControlOfAnalytics.WithoutAsync(await PlanAsync().ConfigureAwait(false), _analytics ?? throw ControlOfAnalytics.NothingWatched(), service, rule).ConfigureAwait(false);

    /// <summary>Changes of alarms as the store has them, newest first: also those of earlier runs. The switch is not disturbed.</summary>
    /// <param name="count">Most changes, at least 1.</param>
    /// <param name="before">Only those with a smaller number: the next page.</param>
    /// <exception cref="InvalidOperationException">Alarms are not kept, or the database is out of reach.</exception>
    public async Task<IReadOnlyList<AlarmChangeSnapshot>> AlarmHistoryAsync(int count, long before = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        AnalyticsService analytics = _analytics ?? throw ControlOfAnalytics.NothingWatched();
        return [.. (await analytics.HistoryAsync(count, before).ConfigureAwait(false)).Select(AlarmChangeSnapshot.Of)];
    }

    /// <summary>What happened, oldest first. The worker is not asked, so this never disturbs it; events that were overwritten meanwhile are counted.</summary>
    /// <param name="since">Number of the first event wanted; 0 for the oldest that is left.</param>
    /// <param name="most">Most events returned, at least 1.</param>
    public SwitchEvents ReadEvents(long since = 0, int most = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        return _switch.ReadEvents(since, most);
    }

    /// <summary>What the switch would do with a packet now. The trace runs in a twin with the same state; the switch is not touched.</summary>
    /// <exception cref="ArgumentException">There is no such port, or the packet fits no buffer.</exception>
    public async Task<PacketTrace> TraceAsync(string port, ReadOnlyMemory<byte> frame)
    {
        (SwitchPlan plan, SwitchSnapshot state) = await Ask(() => (_switch.Plan, _switch.Snapshot())).ConfigureAwait(false);
        return PacketTracer.Trace(plan, port, frame.Span, state);
    }
}
