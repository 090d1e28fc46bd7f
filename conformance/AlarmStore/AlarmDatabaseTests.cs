using System.Security.Cryptography;
using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Conformance.Support;

namespace Weft.Conformance.AlarmStoreTests;

/// <summary>What every database must do; the same tests run on each.</summary>
[Trait(Kind.Key, Kind.Model)]
public abstract class AlarmDatabaseTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private protected abstract string Database { get; }

    private protected abstract string Place { get; }

    [Fact]
    public void What_was_stored_is_read_back_newest_first_with_every_field()
    {
        AlarmRecord first = Change("web-1", AlarmChange.Raised, AlarmSeverity.Major, 0);
        AlarmRecord second = Change("web-2", AlarmChange.Raised, AlarmSeverity.Critical, 1) with
        {
            Qualifier = "/tmp/x",
            Text = "ä ' \" \\ %",
            Features = [new("process.parent", "/usr/sbin/nginx", 3.25), new("destination", "203.0.113.9:4444", 1e-300)],
        };
        using (AlarmDatabase store = Open())
        {
            store.Append([first, second]);
        }

        using AlarmDatabase again = Open();
        IReadOnlyList<AlarmRecord> latest = again.Latest(10);
        Assert.Equal(["web-2", "web-1"], latest.Select(record => record.Resource));
        Assert.Equivalent(second with { Sequence = latest[0].Sequence }, latest[0], strict: true);
        Assert.Equivalent(first with { Sequence = latest[1].Sequence }, latest[1], strict: true);
        Assert.Equal(["web-1"], again.Latest(10, latest[0].Sequence).Select(record => record.Resource));
    }

    [Fact]
    public void Rfc8632_Section3_5_an_alarm_is_active_from_its_raise_until_its_clear_however_often_it_changed_between()
    {
        using AlarmDatabase store = Open();
        store.Append([Change("a", AlarmChange.Raised, AlarmSeverity.Minor, 0), Change("b", AlarmChange.Raised, AlarmSeverity.Minor, 1)]);
        store.Append([Change("a", AlarmChange.SeverityChanged, AlarmSeverity.Critical, 2)]);
        Assert.Equal([("a", AlarmSeverity.Critical), ("b", AlarmSeverity.Minor)], store.Active(10).Select(record => (record.Resource, record.Severity)));

        store.Append([Change("a", AlarmChange.Cleared, AlarmSeverity.Cleared, 3)]);
        Assert.Equal(["b"], store.Active(10).Select(record => record.Resource));
        Assert.Equal(4, store.Latest(10).Count);

        store.Append([Change("a", AlarmChange.Raised, AlarmSeverity.Minor, 4)]);
        Assert.Equal(["a", "b"], store.Active(10).Select(record => record.Resource));
    }

    [Fact]
    public void What_is_old_is_forgotten_but_never_an_alarm_that_is_still_there()
    {
        using AlarmDatabase store = Open();
        store.Append([
            Change("stays", AlarmChange.Raised, AlarmSeverity.Minor, 0),
            Change("over", AlarmChange.Raised, AlarmSeverity.Minor, 1),
            Change("over", AlarmChange.Cleared, AlarmSeverity.Cleared, 2),
            Change("stays", AlarmChange.SeverityChanged, AlarmSeverity.Major, 3),
            Change("new", AlarmChange.Cleared, AlarmSeverity.Cleared, 100)]);

        Assert.Equal(3, store.Prune(Noon.AddSeconds(50)));
        Assert.Equal(["new", "stays"], store.Latest(10).Select(record => record.Resource));
        Assert.Equal([AlarmSeverity.Major], store.Active(10).Select(record => record.Severity));
        Assert.NotEmpty(store.Latest(10)[1].Features);
    }

    [Fact]
    public void Switches_that_share_a_database_see_their_own_alarms_and_models_only()
    {
        using AlarmDatabase ours = Open("ours");
        using AlarmDatabase theirs = Open("theirs");
        ours.Append([Change("a", AlarmChange.Raised, AlarmSeverity.Minor, 0)]);
        ours.SaveModel("clusters", new StoredModel(1, new byte[] { 1 }));

        Assert.Empty(theirs.Latest(10));
        Assert.Empty(theirs.Active(10));
        Assert.Null(theirs.LoadModel("clusters"));
        Assert.Equal(0, theirs.Prune(Noon.AddDays(1)));
        Assert.Single(ours.Active(10));
    }

    [Fact]
    public void A_model_replaces_the_one_before_and_keeps_its_format()
    {
        using AlarmDatabase store = Open();
        Assert.Null(store.LoadModel("clusters"));
        store.SaveModel("clusters", new StoredModel(1, new byte[] { 1, 2, 3 }));
        store.SaveModel("clusters", new StoredModel(2, new byte[] { 4, 0, 255 }));
        StoredModel model = store.LoadModel("clusters")!.Value;
        Assert.Equal(2, model.Format);
        Assert.Equal([4, 0, 255], model.State.ToArray());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_command_line_with_NUL_quotes_and_statements_is_stored_as_text()
    {
        using AlarmDatabase store = Open();
        string hostile = "x'); DROP TABLE alarm_change; --\0\u0001" + new string('z', 100_000);
        store.Append([Change(hostile, AlarmChange.Raised, AlarmSeverity.Minor, 0) with { Text = hostile }]);
        Assert.Equal(hostile.Replace('\0', '\uFFFD'), store.Latest(1)[0].Text);
    }

    [Fact]
    public void Tables_of_an_unknown_format_are_refused_and_left_alone()
    {
        Open().Dispose();
        SetFormat(7);
        AlarmStoreException refused = Assert.Throws<AlarmStoreException>(() => Open());
        Assert.Contains("format 7", refused.Message, StringComparison.Ordinal);
        SetFormat(1);
        Open().Dispose();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Kill_9_in_the_middle_of_a_write_loses_nothing_that_was_acknowledged_and_leaves_nothing_half_done()
    {
        var random = new Random(9);
        for (int round = 0; round < 4; round++)
        {
            using RunningCommand writer = AlarmWriter.Start(Database, Place);
            Assert.True(Wait.Until(() => AlarmWriter.Acknowledged(writer.Output) is not null, Patience, () => writer.HasExited), writer.Error);
            Thread.Sleep(random.Next(1, 200));
            Command.Run("kill", "-KILL", $"{writer.ProcessId}").Required();
            _ = writer.WaitForExit(Patience);

            using AlarmDatabase store = Open(AlarmWriter.Origin);
            long acknowledged = AlarmWriter.Acknowledged(writer.Output)!.Value;
            IReadOnlyList<AlarmRecord> latest = store.Latest(AlarmWriter.BatchSize);
            long stored = latest[0].Occurrences;
            Assert.InRange(stored, acknowledged, acknowledged + 1);
            Assert.All(latest, record => Assert.Equal((stored, 3), (record.Occurrences, record.Features.Count)));
            Assert.Equal(AlarmWriter.BatchSize, store.Active(1000).Count);
            Assert.All(store.Active(1000), record => Assert.Equal(stored, record.Occurrences));

            byte[] model = store.LoadModel(AlarmWriter.Model)!.Value.State.ToArray();
            long saved = BitConverter.ToInt64(model);
            Assert.InRange(saved, acknowledged, acknowledged + 1);
            Assert.Equal(SHA256.HashData(model.AsSpan(0, model.Length - SHA256.HashSizeInBytes)), model[^SHA256.HashSizeInBytes..]);
        }
    }

    public virtual void Dispose() => GC.SuppressFinalize(this);

    private protected AlarmDatabase Open(string origin = "lab") => AlarmWriter.Open(Database, Place, origin);

    private protected abstract void SetFormat(int format);

    private protected static AlarmRecord Change(string resource, AlarmChange change, AlarmSeverity severity, int second) => new()
    {
        Time = Noon.AddSeconds(second).AddMicroseconds(7),
        Resource = resource,
        Type = "process-behaviour",
        Change = change,
        Severity = severity,
        Score = 87.5,
        PValue = 0.004,
        Occurrences = 1,
        Text = "strange",
        Features = [new("process.executable", "/bin/sh", 2)],
    };
}
