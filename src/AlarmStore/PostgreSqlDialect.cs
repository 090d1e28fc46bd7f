using System.Data.Common;
using Npgsql;

namespace Weft.AlarmStore;

/// <summary>A server that several switches may share.</summary>
internal sealed class PostgreSqlDialect : SqlDialect
{
    // "WEFT" as a number: who takes advisory locks of his own in the same database avoids it.
    private const int LockNumber = 0x57454654;

    private readonly string _connection;

    public PostgreSqlDialect(string connection)
    {
        // One connection is used at a time and kept; a pool would only hide that it broke.
        var builder = new NpgsqlConnectionStringBuilder(connection) { Pooling = false };
        _connection = builder.ToString();
        Name = $"PostgreSQL {builder.Host}/{builder.Database}";
    }

    public override string Name { get; }

    public override string NumberingColumn => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";

    public override string BytesColumn => "BYTEA";

    public override string CreationLock => $"SELECT pg_advisory_xact_lock({LockNumber})";

    public override DbConnection Open()
    {
        var connection = new NpgsqlConnection(_connection);
        try
        {
            connection.Open();
            using NpgsqlCommand command = connection.CreateCommand();
            command.CommandText = "SET synchronous_commit TO on";
            _ = command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
