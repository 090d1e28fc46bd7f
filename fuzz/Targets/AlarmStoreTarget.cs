using Weft.AlarmStore;
using Weft.Analytics;

namespace Weft.Fuzz.Targets;

/// <summary>A database of alarms that something has happened to: every page of it may be another's, or nobody's.</summary>
internal sealed class AlarmStoreTarget : BytesTarget
{
    private const string Origin = "here";

    private static readonly string Folder = ScratchFolder.Create("alarms");
    private static readonly Lazy<byte[]> Whole = new(Make);

    public override string Name => "alarm-store";

    public override string What => "the database file of alarms and models, damaged anywhere";

    public override IReadOnlyList<string> Assemblies => ["AlarmStore"];

    public override int MaxBytes => 4_096;

    protected override IReadOnlyList<byte[]> Words => Texts("SQLite format 3", "alarm", "model", "here", "2026-11-21", "\0\0\0\0", "{}", "-1", "critical");

    /// <summary>An input is a list of damages: where (2 bytes), how long (1 byte), the bytes. The database itself would be too long to mutate.</summary>
    public override IEnumerable<byte[]> Beginnings() => [[], [0, 0, 4, 1, 2, 3, 4], [0, 18, 2, 0xFF, 0xFF], [16, 0, 1, 13], [0x20, 0x10, 3, 9, 9, 9]];

    public override void Run(ReadOnlySpan<byte> input)
    {
        byte[] file = [.. Whole.Value];
        while (input.Length > 3)
        {
            int at = ((input[0] << 8) | input[1]) % file.Length, count = Math.Min(input[2], input.Length - 3);
            input.Slice(3, count)[..Math.Min(count, file.Length - at)].CopyTo(file.AsSpan(at));
            input = input[(3 + count)..];
        }

        string path = Path.Combine(Folder, "alarms.db");
        Forget(path);
        File.WriteAllBytes(path, file);
        try
        {
            using var database = AlarmDatabase.OpenSqlite(path, Origin);
            IReadOnlyList<AlarmRecord> latest = database.Latest(16);
            Require(latest.Count <= 16 && database.Active(16).Count <= 16, "more alarms than were asked for");
            _ = database.LoadModel("m");
            database.Append([.. latest.Take(1)]);
            _ = database.Prune(DateTimeOffset.UnixEpoch.AddDays(20_001));
            database.SaveModel("m", new StoredModel(2, new byte[] { 4 }));
        }
        catch (AlarmStoreException damaged)
        {
            Require(damaged.Message.Length > 0, "damage without words");
        }
    }

    private static byte[] Make()
    {
        string path = Path.Combine(Folder, "first.db");
        using (var database = AlarmDatabase.OpenSqlite(path, Origin))
        {
            database.SaveModel("m", new StoredModel(1, new byte[] { 1, 2, 3 }));
            database.Append([Alarm("a", AlarmChange.Raised), Alarm("b", AlarmChange.Raised), Alarm("a", AlarmChange.SeverityChanged), Alarm("b", AlarmChange.Cleared)]);
        }

        // Closing the last connection moves everything into the one file.
        return File.ReadAllBytes(path);
    }

    private static AlarmRecord Alarm(string resource, AlarmChange change) => new()
    {
        Time = DateTimeOffset.UnixEpoch.AddDays(20_000),
        Resource = resource,
        Type = "process",
        Change = change,
        Severity = AlarmSeverity.Major,
        Score = 1.5,
        Occurrences = 3,
        Text = "what happened",
        Features = [new AlarmFeature("executable", "/usr/bin/x", 0.5)],
    };

    private static void Forget(string path)
    {
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
        File.Delete(path + "-journal");
    }
}
