using System.Diagnostics;
using Weft.Host.Analytics;
using Weft.Host.Config;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Datapath.Security;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Datapath.Workers;
using Weft.Host.Observe;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <content>How it gets another configuration while frames go on: all that takes long happens on the thread of whoever asks, beside the workers.</content>
public sealed partial class SwitchHost
{
    /// <summary>One change at a time: each is built for what the one before left.</summary>
    private readonly SemaphoreSlim _reloading = new(1, 1);

    private volatile ReloadSnapshot? _lastReload;

    /// <summary>The change that the workers took in the pause that is under way; null if they took none.</summary>
    private ReloadSnapshot? _taken;

    /// <summary>
    /// Changes the configuration without losing state: ports that did not change stay open, see <see cref="Switch.Apply"/>.
    /// The control socket stays where it is.
    /// </summary>
    /// <exception cref="SwitchStartException">A new port cannot be opened; the old configuration stays in force.</exception>
    /// <exception cref="InvalidOperationException">The switch has ended.</exception>
    public async Task ReloadAsync(SwitchPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (_cluster is null ? plan.Cluster is not null : !_cluster.IsOf(plan.Cluster))
        {
            throw new SwitchStartException("cluster: a change here needs a restart");
        }

        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            AnalyticsService? before = _analytics;
            AnalyticsService? next = AnalyticsOf(plan, before is null ? null : await before.HandOverAsync().ConfigureAwait(false));
            try
            {
                await ChangeAsync(_cluster?.Complete(plan) ?? plan, ReloadCause.Configuration).ConfigureAwait(false);
            }
            catch
            {
                next?.Dispose();
                throw;
            }

            before?.Dispose();
            _analytics = next;
            next?.Start();
            await (_cluster?.RetireAsync(plan) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        finally
        {
            _ = _reloading.Release();
        }
    }

    /// <summary>Adds, replaces or removes one security association between two bursts; the others go on with their numbers and windows.</summary>
    /// <exception cref="ArgumentException">The step does not fit the configuration in force.</exception>
    /// <exception cref="SwitchStartException">The key cannot be read.</exception>
    public async Task RekeyAsync(RekeyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        await _reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            await ChangeAsync(request.ApplyTo(_switch.Plan), ReloadCause.Rekey).ConfigureAwait(false);
        }
        finally
        {
            _ = _reloading.Release();
        }
    }

    /// <summary>Takes the peers that the cluster knows now.</summary>
    private async Task TakePeersAsync()
    {
        await _started.Task.ConfigureAwait(false);
        await _reloading.WaitAsync(_ended.Token).ConfigureAwait(false);
        try
        {
            SwitchPlan before = _switch.Plan;
            SwitchPlan plan = _cluster!.Complete(before);
            if (!PlanCompletion.IsSame(before, plan))
            {
                await ChangeAsync(plan, ReloadCause.Peers).ConfigureAwait(false);
            }
        }
        catch (SwitchStartException)
        {
            // The old peers stay in force; the next change tries again.
        }
        finally
        {
            _ = _reloading.Release();
        }
    }

    /// <summary>Builds what a configuration needs, has the workers take it, and gives back what they had.</summary>
    private async Task ChangeAsync(SwitchPlan plan, ReloadCause cause)
    {
        long start = Stopwatch.GetTimestamp();
        if (Completion.IsCompleted)
        {
            throw new InvalidOperationException("The switch has ended.");
        }

        await _rehearsal.ConfigureAwait(false);
        _crew.Require(plan);
        List<IPort> ports = PortFactory.OpenChanged(_switch.Plan.Ports, _switch.Ports, plan.Ports, _openPort);
        SwitchChange? change = null;
        try
        {
            // Not on the thread of whoever asked, which may have other things to do.
            change = await Task.Run(() => Prepare(plan, ports)).ConfigureAwait(false);
            var reload = new ReloadSnapshot { Cause = cause, At = DateTimeOffset.UtcNow, BuildMilliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds };
            _ = await Ask(() =>
            {
                _switch.Commit(change);
                _crew.Renew();
                _taken = reload;
                return true;
            }).ConfigureAwait(false);
        }
        catch
        {
            change?.Dispose();
            ports.Except(_switch.Ports).ToList().ForEach(port => port.Dispose());
            throw;
        }

        change.Dispose();
    }

    /// <summary>Beside the workers, as soon as they run.</summary>
    private static void Rehearse(SwitchPlan plan, SwitchPlan? before)
    {
        try
        {
            ReloadRehearsal.Run(plan, before);
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException or SwitchStartException)
        {
            // Either what follows is refused as well and says why, or the workers stand still a little longer this once.
        }
    }

    private SwitchChange Prepare(SwitchPlan plan, IReadOnlyList<IPort> ports)
    {
        if (_switch.Plan.Bridges.Count == 0)
        {
            // It may have to take over as soon as it is there.
            TakeoverRehearsal.Run(plan);
        }

        if (_lastReload is null && !_switch.IsVirtual)
        {
            Rehearse(plan, before: _switch.Plan);
        }

        return _switch.Prepare(plan, ports);
    }

    /// <summary>How long the workers stood still for what they were asked.</summary>
    private void NoteStop(TimeSpan stop)
    {
        if (_taken is ReloadSnapshot reload)
        {
            _taken = null;
            _lastReload = reload with { StopMilliseconds = stop.TotalMilliseconds, Number = (_lastReload?.Number ?? 0) + 1, LongestStopMilliseconds = Math.Max(stop.TotalMilliseconds, _lastReload?.LongestStopMilliseconds ?? 0) };
        }
    }
}
