using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Weft.AlarmStore;

/// <summary>A file of this machine.</summary>
internal sealed class SqliteDialect : SqlDialect
{
    private const int BusyMilliseconds = 10_000;

    private readonly string _path;

    static SqliteDialect() => SQLitePCL.Batteries_V2.Init();

    public SqliteDialect(string path) => _path = Path.GetFullPath(path);

    public override string Name => $"SQLite {_path}";

    public override string NumberingColumn => "INTEGER PRIMARY KEY AUTOINCREMENT";

    public override string BytesColumn => "BLOB";

    public override DbConnection Open()
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            // A write-ahead log lets readers read while the switch writes. FULL: the log is on the disk before a commit returns.
            command.CommandText = $"PRAGMA busy_timeout={BusyMilliseconds}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;";
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
