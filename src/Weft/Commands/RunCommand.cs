using System.CommandLine;
using Weft.Cli.Logging;
using Weft.Cli.Views;
using Weft.Host.Config;
using Weft.Host.Config.Comparison;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft run CONFIG</c>: runs the switch until its captures end or somebody stops it, then says what it did.</summary>
internal static class RunCommand
{
    /// <summary>Held by the one reload that is under way; the next one reads the file anew.</summary>
    private static readonly SemaphoreSlim Reloading = new(1, 1);

    public static Command Create()
    {
        var command = new Command("run", "Run a switch. With capture files it ends with the input; else stop it with Ctrl-C or SIGTERM. SIGHUP reads the configuration again.");
        var configuration = new ConfigurationArgument(command);
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var web = new Option<bool>("--web") { Description = $"Serve the dashboard and the HTTP interface, as 'api' of the configuration says or on http://127.0.0.1:{ApiPlan.DefaultPort}. After a replay it stays until it is stopped." };
        var takeover = new Option<bool>("--takeover") { Description = "Go on in the place of the switch that answers on the control socket of the configuration, with its ports and what it knows; it ends when this one goes on. If none answers, start as usual." };
        command.Add(takeover);
        command.Add(json);
        command.Add(web);
        var log = new Option<LogFormat>("--log") { Description = "Write what happens in the switch to the standard error output: none, text, json (an object a line, messages of this command, too), journal (for systemd).", DefaultValueFactory = _ => LogFormat.None };
        var least = new Option<EventSeverity>("--log-level") { Description = "Leave out of that what matters less: info, notice, warning, alarm.", DefaultValueFactory = _ => EventSeverity.Info };
        command.Add(log);
        command.Add(least);
        command.SetAction(async parsed =>
        {
            await using var written = new RunLog(parsed.GetValue(log), parsed.GetValue(least));
            if (configuration.Load(parsed) is not SwitchPlan plan)
            {
                return ExitCode.Refused;
            }

            try
            {
                return await Run(written, plan, () => configuration.Load(parsed), parsed.GetValue(json), parsed.GetValue(web), parsed.GetValue(takeover)).ConfigureAwait(false);
            }
            catch (SwitchStartException failure)
            {
                Console.Error.WriteLine(failure.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }

    private static async Task<int> Run(RunLog log, SwitchPlan plan, Func<SwitchPlan?> reload, bool asJson, bool staysForWeb, bool takeover)
    {
        await using SwitchHost host = SwitchHost.Start(plan, new SwitchHostOptions { Takeover = takeover, Rehearse = true });
        log.Follow(host);
        await using var surroundings = new Surroundings(host, staysForWeb);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var signals = new StopSignals(Stop, () => ReloadAsync(host, surroundings, reload));
        // The one before has the web interface's port until it has ended.
        await host.PredecessorEnded.ConfigureAwait(false);
        await StartAsync(surroundings, plan).ConfigureAwait(false);
        if (takeover)
        {
            await Console.Error.WriteLineAsync(host.HasTakenOver ? "took over from the running switch" : $"no switch answered at {plan.ControlSocket}; started anew").ConfigureAwait(false);
        }

        if (host.StateProblem is string problem)
        {
            await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
        }

        if (surroundings.Web is { } web)
        {
            await Console.Error.WriteLineAsync($"{plan.Name} shows itself at {web.Address}").ConfigureAwait(false);
        }

        if (plan.Ports.Any(port => port.Kind is not (PortKind.Pcap or PortKind.Bond)))
        {
            string control = plan.ControlSocket is null ? "" : $"; 'weft show --socket {plan.ControlSocket}' looks inside";
            await Console.Error.WriteLineAsync($"{plan.Name} is running with {ConfigurationArgument.Count(plan.Ports.Count, "port")} and {ConfigurationArgument.Count(plan.Segments.Count, "segment")}{control}").ConfigureAwait(false);
        }

        // The signals stay ours until everything is written: a second one must get through even if nobody reads the output.
        SwitchRunResult result = await host.Completion.ConfigureAwait(false);
        if (surroundings.Web is not null && staysForWeb && result.End == SwitchEnd.InputEnded)
        {
            await Console.Error.WriteLineAsync($"the captures are played; their last picture stays at {surroundings.Web.Address} until you press Ctrl-C").ConfigureAwait(false);
            await stopped.Task.ConfigureAwait(false);
        }

        RunView.Write(result, asJson);
        return result.End switch
        {
            SwitchEnd.Failed => ExitCode.Defect,
            SwitchEnd.OutputFailed => ExitCode.Unavailable,
            SwitchEnd.InputEnded when result.Final.Ports.Any(port => port.Problem is not null) => ExitCode.Unavailable,
            _ => ExitCode.Success,
        };

        void Stop()
        {
            _ = stopped.TrySetResult();
            host.Stop();
        }
    }

    /// <summary>A reload that somebody asked for meanwhile waits.</summary>
    private static async Task StartAsync(Surroundings surroundings, SwitchPlan plan)
    {
        await Reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            await surroundings.ChangeAsync(plan).ConfigureAwait(false);
        }
        finally
        {
            _ = Reloading.Release();
        }
    }

    /// <summary>Says what changes, and changes it. Everything that goes wrong here leaves the old configuration in force.</summary>
    private static async Task ReloadAsync(SwitchHost host, Surroundings surroundings, Func<SwitchPlan?> read)
    {
        await Reloading.WaitAsync().ConfigureAwait(false);
        try
        {
            if (read() is SwitchPlan plan)
            {
                ConfigurationDiff diff = await host.CompareAsync(plan).ConfigureAwait(false);
                await Console.Error.WriteAsync(diff.ToText()).ConfigureAwait(false);
                SwitchPlan before = await host.PlanAsync().ConfigureAwait(false);
                await surroundings.ChangeAsync(plan).ConfigureAwait(false);
                await ReloadAsync(host, surroundings, plan, before).ConfigureAwait(false);
                await Console.Error.WriteLineAsync(diff.IsEmpty ? "the new configuration is in force; nothing changed" : "the new configuration is in force").ConfigureAwait(false);
                return;
            }
        }
        catch (Exception refused) when (refused is SwitchStartException or InvalidOperationException or ArgumentException)
        {
            await Console.Error.WriteLineAsync(refused.Message).ConfigureAwait(false);
        }
        finally
        {
            _ = Reloading.Release();
        }

        await Console.Error.WriteLineAsync("the old configuration stays in force").ConfigureAwait(false);
    }

    private static async Task ReloadAsync(SwitchHost host, Surroundings surroundings, SwitchPlan plan, SwitchPlan before)
    {
        try
        {
            await host.ReloadAsync(plan).ConfigureAwait(false);
        }
        catch
        {
            await surroundings.ChangeAsync(before).ConfigureAwait(false);
            throw;
        }
    }
}
