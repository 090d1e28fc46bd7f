using Microsoft.Data.Sqlite;
using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Conformance.Support;

namespace Weft.Conformance.AlarmStoreTests;

/// <summary>The embedded database.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SqliteStoreTests : AlarmDatabaseTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-analytics-sqlite-").FullName;

    private protected override string Database => "sqlite";

    private protected override string Place => Path.Combine(_folder, "made", "alarms.db");

    [Fact]
    public void A_folder_that_cannot_be_made_and_a_file_that_is_no_database_are_refused_with_their_name()
    {
        string file = Path.Combine(_folder, "not-a-folder");
        File.WriteAllText(file, "this is no database, however long one looks at it. " + new string('-', 2000));
        Assert.Contains(file, Assert.Throws<AlarmStoreException>(() => AlarmDatabase.OpenSqlite(file, "lab")).Message, StringComparison.Ordinal);
        Assert.Throws<AlarmStoreException>(() => AlarmDatabase.OpenSqlite(Path.Combine(file, "alarms.db"), "lab"));
    }

    [Fact]
    public void Others_read_the_file_while_the_switch_writes_it()
    {
        using AlarmDatabase store = Open();
        store.Append([Change("a", AlarmChange.Raised, AlarmSeverity.Minor, 0)]);
        using var reader = new SqliteConnection($"Data Source={Place};Mode=ReadOnly");
        reader.Open();
        using SqliteTransaction open = reader.BeginTransaction(deferred: true);
        using SqliteCommand count = reader.CreateCommand();
        count.CommandText = "SELECT count(*) FROM alarm_change";
        Assert.Equal(1L, count.ExecuteScalar());
        store.Append([Change("b", AlarmChange.Raised, AlarmSeverity.Minor, 1)]);
        Assert.Equal(1L, count.ExecuteScalar());
    }

    public override void Dispose()
    {
        base.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private protected override void SetFormat(int format)
    {
        using var connection = new SqliteConnection($"Data Source={Place};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"UPDATE weft_format SET format = {format}";
        _ = command.ExecuteNonQuery();
    }
}
