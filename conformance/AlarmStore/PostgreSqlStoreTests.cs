using Npgsql;
using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Conformance.Support;

namespace Weft.Conformance.AlarmStoreTests;

/// <summary>A real PostgreSQL server, one for the class; each test has a database of its own.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class PostgreSqlStoreTests(PostgreSqlStoreTests.Server server) : AlarmDatabaseTests, IClassFixture<PostgreSqlStoreTests.Server>
{
    private readonly string _connection = server.NewDatabase();

    private protected override string Database => "postgresql";

    private protected override string Place => _connection;

    [Fact]
    public void A_server_that_died_and_came_back_is_found_again_with_everything_it_had_acknowledged()
    {
        using AlarmDatabase store = Open();
        store.Append([Change("before", AlarmChange.Raised, AlarmSeverity.Minor, 0)]);
        server.Running.Kill();
        Assert.Throws<AlarmStoreException>(() => store.Append([Change("lost", AlarmChange.Raised, AlarmSeverity.Minor, 1)]));
        server.Running.Start();
        Assert.True(Wait.Until(() => TryAppend(store), TimeSpan.FromMinutes(1)), "the store did not find the server again");
        Assert.Equal(["after", "before"], store.Active(10).Select(record => record.Resource));
    }

    [Fact]
    public void Two_switches_that_start_at_once_make_the_tables_once()
    {
        AlarmDatabase[] stores = [.. Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4).Select(i => Open($"switch-{i}"))];
        Assert.All(stores, store => store.Append([Change("a", AlarmChange.Raised, AlarmSeverity.Minor, 0)]));
        Array.ForEach(stores, store => store.Dispose());
    }

    private protected override void SetFormat(int format) => Execute(_connection, $"UPDATE weft_format SET format = {format}");

    private static bool TryAppend(AlarmDatabase store)
    {
        try
        {
            store.Append([Change("after", AlarmChange.Raised, AlarmSeverity.Minor, 2)]);
            return true;
        }
        catch (AlarmStoreException)
        {
            return false;
        }
    }

    private static void Execute(string connection, string statement)
    {
        using NpgsqlDataSource source = NpgsqlDataSource.Create(connection + ";Pooling=False");
        using NpgsqlCommand command = source.CreateCommand(statement);
        _ = command.ExecuteNonQuery();
    }

    public sealed class Server : IDisposable
    {
        private int _databases;

        public PostgreSqlServer Running => Started ??= PostgreSqlServer.StartOrSkip();

        private PostgreSqlServer? Started { get; set; }

        public string NewDatabase()
        {
            string name = $"weft{_databases++}";
            Execute(Running.Connection, $"CREATE DATABASE {name}");
            return Running.Connection.Replace("Database=postgres", $"Database={name}", StringComparison.Ordinal);
        }

        public void Dispose() => Started?.Dispose();
    }
}
