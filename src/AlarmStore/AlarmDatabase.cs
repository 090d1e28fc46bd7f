using System.Data;
using System.Data.Common;
using Weft.Analytics;

namespace Weft.AlarmStore;

/// <summary>
/// Alarms and models in a database: every change of an alarm with its features, the present state of each alarm, and the state of
/// each model. What an append or a save has returned from survives kill -9 and power loss; what it has not is there whole or not at all.
/// </summary>
/// <remarks>
/// The calls block for as long as the disk or the server takes: use a thread of its own, one at a time. A connection that broke is
/// opened again by the next call. An append whose answer was lost with the connection may have happened: repeating it can store a
/// change twice, never lose one.
/// </remarks>
public sealed class AlarmDatabase : IAlarmStore
{
    private readonly SqlDialect _dialect;
    private readonly string _origin;
    private DbConnection? _connection;

    private AlarmDatabase(SqlDialect dialect, string origin)
    {
        ArgumentException.ThrowIfNullOrEmpty(origin);
        (_dialect, _origin) = (dialect, origin);
        Do(_ => true);
    }

    /// <summary>Opens a SQLite file, made with its folder if there is none.</summary>
    /// <param name="path">The file. Two more lie beside it while it is open (<c>-wal</c>, <c>-shm</c>).</param>
    /// <param name="origin">Who stores: the name of the switch. Others' alarms in the same file are not seen.</param>
    /// <exception cref="AlarmStoreException">The file cannot be opened, is no database, or was made by a version that this one does not know.</exception>
    public static AlarmDatabase OpenSqlite(string path, string origin) => new(new SqliteDialect(path), origin);

    /// <summary>Connects to PostgreSQL (12 or later) and makes the tables if there are none.</summary>
    /// <param name="connection">As Npgsql has it: <c>Host=/run/postgresql;Database=weft;Username=weft</c>.</param>
    /// <param name="origin">Who stores: the name of the switch. Several may share a database.</param>
    /// <exception cref="AlarmStoreException">The server cannot be reached or refuses, or the tables have a form that this version does not know.</exception>
    /// <exception cref="ArgumentException">The connection string is malformed.</exception>
    public static AlarmDatabase OpenPostgreSql(string connection, string origin) => new(new PostgreSqlDialect(connection), origin);

    /// <inheritdoc/>
    /// <exception cref="AlarmStoreException">The database is out of reach or full.</exception>
    public void Append(IReadOnlyList<AlarmRecord> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        Do(transaction =>
        {
            foreach (AlarmRecord change in changes)
            {
                Append(transaction, change);
            }

            return true;
        });
    }

    /// <inheritdoc/>
    /// <exception cref="AlarmStoreException">The database is out of reach.</exception>
    public IReadOnlyList<AlarmRecord> Latest(int count, long before = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return Do(transaction => Read(transaction, AlarmSql.Latest, ("origin", _origin), ("before", before), ("count", count)));
    }

    /// <inheritdoc/>
    /// <exception cref="AlarmStoreException">The database is out of reach.</exception>
    public IReadOnlyList<AlarmRecord> Active(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return Do(transaction => Read(transaction, AlarmSql.Active, ("origin", _origin), ("count", count)));
    }

    /// <inheritdoc/>
    /// <exception cref="AlarmStoreException">The database is out of reach.</exception>
    public long Prune(DateTimeOffset before) => Do(transaction =>
    {
        (string, object)[] limits = [("origin", _origin), ("before", Microseconds(before))];
        _ = Execute(transaction, AlarmSql.ForgetCleared, limits);
        _ = Execute(transaction, AlarmSql.PruneFeatures, limits);
        return Execute(transaction, AlarmSql.PruneChanges, limits);
    });

    /// <inheritdoc/>
    /// <exception cref="AlarmStoreException">The database is out of reach or full.</exception>
    public void SaveModel(string name, StoredModel model)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Do(transaction => Execute(
            transaction, AlarmSql.SaveModel, ("origin", _origin), ("name", name), ("format", model.Format), ("state", model.State.ToArray())));
    }

    /// <inheritdoc/>
    /// <exception cref="AlarmStoreException">The database is out of reach.</exception>
    public StoredModel? LoadModel(string name) => Do(transaction =>
    {
        using DbCommand command = Command(transaction, AlarmSql.LoadModel, ("origin", _origin), ("name", name));
        using DbDataReader reader = command.ExecuteReader();
        return reader.Read() ? new StoredModel(reader.GetInt32(0), reader.GetFieldValue<byte[]>(1)) : (StoredModel?)null;
    });

    /// <summary>Closes the database.</summary>
    public void Dispose() => Drop();

    /// <summary>Runs a piece of work in one transaction, on the connection that there is or a new one.</summary>
    private T Do<T>(Func<DbTransaction, T> work)
    {
        try
        {
            _connection ??= Prepare(_dialect);
            using DbTransaction transaction = _connection.BeginTransaction();
            T result = work(transaction);
            transaction.Commit();
            return result;
        }
        catch (Exception failed) when (failed is DbException or IOException or UnauthorizedAccessException or InvalidOperationException or TimeoutException
            // What a damaged database has in the place of numbers and times.
            or InvalidCastException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            Drop();
            throw new AlarmStoreException($"{_dialect.Name}: {failed.Message}", failed);
        }
    }

    private static DbConnection Prepare(SqlDialect dialect)
    {
        DbConnection connection = dialect.Open();
        try
        {
            // Not serializable: whoever waits for the lock must see what was committed meanwhile, not what there was when it began to wait.
            using DbTransaction transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
            if (dialect.CreationLock is string wait)
            {
                _ = Execute(transaction, wait);
            }

            _ = Execute(transaction, AlarmSql.CreateFormat);
            using (DbCommand command = Command(transaction, AlarmSql.HasTables))
            {
                object? format = command.ExecuteScalar();
                if (format is null)
                {
                    Array.ForEach(AlarmSql.CreateTables(dialect), statement => _ = Execute(transaction, statement));
                    _ = Execute(transaction, AlarmSql.SetFormat, ("format", AlarmSql.Format));
                }
                else if (Convert.ToInt64(format, System.Globalization.CultureInfo.InvariantCulture) is long known && known != AlarmSql.Format)
                {
                    throw new AlarmStoreException($"{dialect.Name}: the tables have format {known}; this version knows {AlarmSql.Format}.");
                }
            }

            transaction.Commit();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Append(DbTransaction transaction, AlarmRecord change)
    {
        (string, object)[] identity = [("origin", _origin), ("resource", Text(change.Resource)), ("type", Text(change.Type)), ("qualifier", Text(change.Qualifier))];
        using DbCommand command = Command(transaction, AlarmSql.AppendChange, [
            .. identity,
            ("time", Microseconds(change.Time)),
            ("change", AlarmWords.Of(change.Change)),
            ("severity", AlarmWords.Of(change.Severity)),
            ("score", change.Score),
            ("pValue", change.PValue),
            ("occurrences", change.Occurrences),
            ("text", Text(change.Text))]);
        long sequence = (long)command.ExecuteScalar()!;
        for (int i = 0; i < change.Features.Count; i++)
        {
            AlarmFeature feature = change.Features[i];
            _ = Execute(
                transaction,
                AlarmSql.AppendFeature,
                ("sequence", sequence),
                ("position", i),
                ("name", Text(feature.Name)),
                ("value", Text(feature.Value)),
                ("contribution", feature.Contribution));
        }

        _ = Execute(transaction, AlarmSql.PointToLast, [.. identity, ("sequence", sequence)]);
    }

    private static List<AlarmRecord> Read(DbTransaction transaction, string statement, params (string Name, object Value)[] parameters)
    {
        var records = new List<AlarmRecord>();
        using (DbCommand command = Command(transaction, statement, parameters))
        {
            using DbDataReader reader = command.ExecuteReader();
            while (reader.Read())
            {
                records.Add(new AlarmRecord
                {
                    Sequence = reader.GetInt64(0),
                    Time = DateTimeOffset.UnixEpoch.AddMicroseconds(reader.GetInt64(1)),
                    Resource = reader.GetString(2),
                    Type = reader.GetString(3),
                    Qualifier = reader.GetString(4),
                    Change = AlarmWords.ChangeOf(reader.GetString(5)),
                    Severity = AlarmWords.SeverityOf(reader.GetString(6)),
                    Score = reader.GetDouble(7),
                    PValue = reader.GetDouble(8),
                    Occurrences = reader.GetInt64(9),
                    Text = reader.GetString(10),
                });
            }
        }

        return records.ConvertAll(record => record with { Features = FeaturesOf(transaction, record.Sequence) });
    }

    private static List<AlarmFeature> FeaturesOf(DbTransaction transaction, long sequence)
    {
        using DbCommand command = Command(transaction, AlarmSql.Features, ("sequence", sequence));
        using DbDataReader reader = command.ExecuteReader();
        var features = new List<AlarmFeature>();
        while (reader.Read())
        {
            features.Add(new AlarmFeature(reader.GetString(0), reader.GetString(1), reader.GetDouble(2)));
        }

        return features;
    }

    private static long Execute(DbTransaction transaction, string statement, params (string Name, object Value)[] parameters)
    {
        using DbCommand command = Command(transaction, statement, parameters);
        return command.ExecuteNonQuery();
    }

    private static DbCommand Command(DbTransaction transaction, string statement, params (string Name, object Value)[] parameters)
    {
        DbCommand command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = statement;
        foreach ((string name, object value) in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            _ = command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>PostgreSQL's text cannot hold NUL, which a hostile command line can.</summary>
    private static string Text(string text) => text.Replace('\0', '\uFFFD');

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private void Drop()
    {
        DbConnection? connection = _connection;
        _connection = null;
        connection?.Dispose();
    }
}
