using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Host.Analytics.Processes;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>A switch learns what a running web server does, and tells of what it never did.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ProcessWatchLiveTests
{
    [Theory]
    [InlineData("netlink")]
    [InlineData("procfs")]
    public async Task An_unseen_program_that_the_web_server_starts_and_that_connects_outside_is_an_alarm_that_says_so(string collector)
    {
        using WatchedMachine machine = Machine(collector);
        await using SwitchHost host = machine.StartSwitch("promoteSources: 16");
        await Learn(machine, host);

        using AlarmDatabase stored = AlarmDatabase.OpenSqlite(machine.Database, "lab");
        Task<TimeSpan> storing = Task.Run(() => WatchedMachine.TimeToStore(stored, machine.Dropper), TestContext.Current.CancellationToken);
        Assert.True(machine.Get("/run/dropper"));
        AnalyticsSnapshot after = WatchedMachine.Until(host, seen => AlarmOf(seen, machine.Dropper)?.Text.Contains("203.0.113.9 port 4444", StringComparison.Ordinal) == true, "no alarm names the connection");
        AlarmSnapshot alarm = AlarmOf(after, machine.Dropper)!;
        Assert.Equal($"{machine.Dropper} < {machine.Python}", alarm.Qualifier);
        Assert.Contains("a program never seen here", alarm.Text, StringComparison.Ordinal);
        Assert.Contains(alarm.Features, feature => feature is { Name: "destination", Value: "internet tcp/4444" });
        Assert.Contains(alarm.Features, feature => feature.Name == "process.executable" && feature.Value == machine.Dropper);
        Assert.True(alarm.Severity is "major" or "critical", alarm.Severity);
        Assert.Equal(collector, after.Processes!.Collector);
        AnomalySnapshot anomaly = Assert.Single(after.Processes.Anomalies, anomaly => anomaly.Executable == machine.Dropper && anomaly.IsAlive);
        Assert.Equal(machine.Python, anomaly.Lineage[0]);
        Assert.Contains(host.ReadEvents().Events, happened => happened is { Source: "analytics", Name: "alarm-raised" } && happened.Fields["qualifier"] == alarm.Qualifier);

        // Nothing else is strange: the server goes on serving.
        Assert.True(machine.Get("/"));
        Assert.DoesNotContain(after.Alarms, other => !other.IsCleared && other.Qualifier.StartsWith(machine.Python, StringComparison.Ordinal) && !other.Text.Contains("dropper", StringComparison.Ordinal));

        // How soon is shown, not held to a figure: the machine may be busy.
        TimeSpan toStore = await storing;
        Assert.NotNull(anomaly.DetectedAfterMilliseconds);
        TestContext.Current.TestOutputHelper?.WriteLine($"{collector}: alarm {anomaly.DetectedAfterMilliseconds:0} ms after the process began; stored {toStore.TotalMilliseconds:0} ms after it was asked for, which includes the request to the server");
        AlarmRecord record = stored.Active(100).First(record => record.Qualifier == alarm.Qualifier);
        Assert.Contains(record.Features, feature => feature.Name == "process.executable" && feature.Value == machine.Dropper);
    }

    [Fact]
    public async Task An_update_alarms_until_it_was_seen_long_enough_and_what_an_operator_refused_never_becomes_normal()
    {
        using WatchedMachine machine = Machine("auto");
        await using SwitchHost host = machine.StartSwitch();
        await Learn(machine, host);
        string socket = machine.Plan().ControlSocket!;

        Assert.True(machine.Get("/run/dropper"));
        AnalyticsSnapshot attacked = WatchedMachine.Until(host, seen => AlarmOf(seen, machine.Dropper) is { IsCleared: false }, "no alarm");
        // Refused while it is new, before the three seconds are over or, on a slow machine, after.
        foreach (ClusterSnapshot cluster in attacked.Processes!.Clusters.Where(cluster => cluster.Features.Any(feature => feature.EndsWith(machine.Dropper, StringComparison.Ordinal))))
        {
            await ControlClient.VetoAsync(socket, cluster.Number, TestContext.Current.CancellationToken);
        }

        machine.StartServer(machine.NewPython);
        _ = WatchedMachine.Until(host, seen => AlarmOf(seen, machine.NewPython) is { IsCleared: false }, "the update raised no alarm");
        AnalyticsSnapshot adapted = WatchedMachine.Until(host, seen => AlarmOf(seen, machine.NewPython) is null or { IsCleared: true } && seen.Processes!.Promoted > 0, "the update did not become normal");
        Assert.Contains(host.ReadEvents().Events, happened => happened is { Name: "adapted" } && happened.Fields["executable"] == machine.NewPython);

        // The refused program has been seen for longer, and is an alarm still.
        Assert.True(machine.Get("/run/dropper"));
        _ = WatchedMachine.Until(host, seen => seen.Processes!.Anomalies.Any(anomaly => anomaly.IsAlive && anomaly.Executable == machine.Dropper), "what was refused became normal");
        Assert.DoesNotContain(host.ReadEvents().Events, happened => happened is { Name: "adapted" } && happened.Fields["executable"] == machine.Dropper);
    }

    [Fact]
    public async Task What_was_learned_and_what_is_alarming_survives_a_reload_and_a_restart()
    {
        using WatchedMachine machine = Machine("auto");
        await using (SwitchHost first = machine.StartSwitch("promoteSources: 16"))
        {
            await Learn(machine, first);
            Assert.True(machine.Get("/run/dropper"));
            _ = WatchedMachine.Until(first, seen => AlarmOf(seen, machine.Dropper) is { IsCleared: false }, "no alarm");
            await first.ReloadAsync(machine.Plan("promoteSources: 15"));
            AnalyticsSnapshot reloaded = WatchedMachine.Until(first, seen => seen.Processes is { State: "watching" } && AlarmOf(seen, machine.Dropper) is { IsCleared: false }, "the reload forgot");
            Assert.Equal("watching", reloaded.Processes!.State);
        }

        await using SwitchHost second = machine.StartSwitch("promoteSources: 16");
        AnalyticsSnapshot restarted = WatchedMachine.Until(second, seen => seen.Processes is { State: "watching" } && AlarmOf(seen, machine.Dropper) is { IsCleared: false }, "the restart forgot");
        Assert.DoesNotContain(second.ReadEvents().Events, happened => happened.Name is "state-refused");
        // The server is as it was learned, in a process that the first switch saw and the second had to find.
        _ = WatchedMachine.Until(second, seen => seen.Processes!.Observed > 0, "nothing was judged");
        Assert.All(restarted.Alarms.Where(alarm => alarm.Qualifier.StartsWith(machine.Python, StringComparison.Ordinal)), alarm => Assert.Contains($"starts {machine.Dropper}", alarm.Text, StringComparison.Ordinal));
    }

    private static WatchedMachine Machine(string collector)
    {
        LiveRequirements.Need("socat", "python3");
        if (collector == "netlink")
        {
            using ProcessConnector? connector = ProcessConnector.TryOpen(out string whyNot);
            Assert.SkipWhen(connector is null, $"needs process events of the kernel: {whyNot}");
        }

        return new WatchedMachine(collector);
    }

    /// <summary>A server that starts, serves, and is started again is normal; whoever asks it, too.</summary>
    private static async Task Learn(WatchedMachine machine, SwitchHost host)
    {
        for (int start = 0; start < 3; start++)
        {
            machine.StartServer("/usr/bin/python3");
            for (int i = 0; i < 3; i++)
            {
                Assert.True(machine.Get("/"));
            }

            // Until it was seen with its port.
            int wanted = start + 1;
            _ = WatchedMachine.Until(host, seen => seen.Processes!.Seen >= wanted, "processes are not seen");
            await Task.Delay(500);
        }

        await ControlClient.FinishLearningAsync(machine.Plan().ControlSocket!);
        _ = WatchedMachine.Until(host, seen => seen.Processes is { State: "watching", Clusters.Count: > 0 }, "nothing was learned");
    }

    private static AlarmSnapshot? AlarmOf(AnalyticsSnapshot seen, string executable) =>
        seen.Alarms.FirstOrDefault(alarm => alarm.Qualifier.StartsWith(executable + " <", StringComparison.Ordinal));
}
