using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Host.Analytics.Alarms;
using Weft.Host.Analytics.Behaviour;
using Weft.Host.Analytics.Processes;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>What becomes of processes between the collector and the alarm.</summary>
public sealed class BehaviourDetectorTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly BehaviourDetector _detector = new(new ProcessWatchPlan(), new HashSeed(1, 2), Now);

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Behaviours_that_are_alike_have_one_role_and_others_have_another_also_after_a_restart()
    {
        foreach (int worker in (int[])[1, 2, 3])
        {
            Learn(Process("/usr/sbin/nginx", "/sbin/init", 33, $"/var/www/site{worker}/page", $"/var/log/nginx/{worker}/x", "/etc/nginx/conf"), "tcp/443");
        }

        Learn(Process("/usr/bin/postgres", "/usr/bin/pg_ctl", 112, "/var/lib/postgresql/base/1"), "tcp/5432");
        _detector.FinishLearning(Now);
        _detector.Regroup();
        int[] roles = RolesOf(_detector);
        Assert.Equal(2, _detector.Roles);
        Assert.Equal(2, roles.Distinct().Count());
        Assert.DoesNotContain(-1, roles);

        using var restarted = new BehaviourDetector(new ProcessWatchPlan(), new HashSeed(1, 2), Now);
        Assert.True(restarted.TryRestore(_detector.Save()));
        Assert.All(RolesOf(restarted), role => Assert.Equal(-1, role));
        restarted.Regroup();
        Assert.Equal(roles, RolesOf(restarted));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_state_that_counts_more_than_it_has_is_damaged_and_nothing_is_made_room_for()
    {
        BehaviourState state = _detector.Save();
        byte[] bytes = state.ToBytes();
        // Seed, bits, end of learning, whether it learns, and the clusters with their length come before the count of training vectors.
        int training = 16 + 4 + 8 + 1 + 4 + state.Clusters.Length;
        Assert.NotNull(BehaviourState.TryRead(new StoredModel(BehaviourState.Format, bytes)));
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(training), 1 << 20);
        Assert.Null(BehaviourState.TryRead(new StoredModel(BehaviourState.Format, bytes)));
        Assert.Null(BehaviourState.TryRead(new StoredModel(BehaviourState.Format, bytes.AsSpan(0, training + 4).ToArray())));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_targets_while_learning_fills_tables_and_is_an_alarm_that_names_them_once()
    {
        using var desk = new AlarmDesk("lab", new EventLog(), queue: null);
        var alarm = new SaturationAlarm(desk);
        alarm.Tell(_detector.Saturated, Timestamp.FromSeconds(1));
        Assert.Empty(desk.Capture());

        // A process has 256 features at most, so the flood takes many.
        for (int process = 0; process < 12; process++)
        {
            Learn(Process("/usr/bin/scanner", "/bin/sh", 1000), [.. Enumerable.Range(0, 200).Select(i => $"tcp/{process * 200 + i}")]);
        }

        alarm.Tell(_detector.Saturated, Timestamp.FromSeconds(2));
        alarm.Tell(_detector.Saturated, Timestamp.FromSeconds(3));
        AlarmSnapshot raised = Assert.Single(desk.Capture());
        Assert.Equal(("schema-saturated", "warning", 1L), (raised.Type, raised.Severity, raised.Occurrences));
        Assert.Contains(raised.Features, feature => feature.Value == "target" && feature.Contribution > 0);

        new SaturationAlarm(desk).Tell([], Timestamp.FromSeconds(4));
        Assert.True(Assert.Single(desk.Capture()).IsCleared);
    }

    public void Dispose() => _detector.Dispose();

    private void Learn(ProcessInstance process, params string[] ports)
    {
        foreach (string port in ports)
        {
            process.Add(FeatureKind.Listen, port);
        }

        Assert.Null(_detector.Observe(process, process.TakeNews(), Now));
    }

    private static ProcessInstance Process(string executable, string parent, int user, params string[] files)
    {
        var process = new ProcessInstance(new ProcessDescription(1, 1, 0, executable, [executable], user, "/system.slice", "net:[1]"), parent: null, parent);
        foreach (string file in files)
        {
            process.Add(FeatureKind.File, CommandLineShape.FolderOf(file));
        }

        return process;
    }

    private static int[] RolesOf(BehaviourDetector detector) => [.. detector.Clusters.Clusters.Select(cluster => cluster.Role)];
}
