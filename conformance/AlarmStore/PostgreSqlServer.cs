using Weft.Conformance.Support;

namespace Weft.Conformance.AlarmStoreTests;

/// <summary>A PostgreSQL server of this test's own: in a temporary folder, on a Unix socket there and nowhere else, as an unprivileged user.</summary>
public sealed class PostgreSqlServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder;
    private readonly string _programs;
    private RunningCommand? _server;

    private PostgreSqlServer(string folder, string programs)
    {
        (_folder, _programs) = (folder, programs);
        if (Environment.IsPrivilegedProcess)
        {
            Command.Run("chown", "nobody:nogroup", folder).Required();
        }

        AsNobody(Patience, "initdb", "-D", Data, "-U", "weft", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync").Required();
        Start();
    }

    /// <summary>The connection string of its database.</summary>
    public string Connection => $"Host={_folder};Database=postgres;Username=weft;Timeout=30;Command Timeout=60";

    private string Data => Path.Combine(_folder, "data");

    /// <summary>A running server; skips the test if the machine has none.</summary>
    public static PostgreSqlServer StartOrSkip()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        LiveRequirements.NeedPrograms("setpriv");
        string? programs = FindPrograms();
        Assert.SkipWhen(programs is null, "needs PostgreSQL");
        return new PostgreSqlServer(Directory.CreateTempSubdirectory("weft-analytics-pg-").FullName, programs);
    }

    /// <summary>Starts it, or starts it again.</summary>
    public void Start()
    {
        string[] arguments = ["-D", Data, "-k", _folder, "-c", "listen_addresses=", "-c", "shared_buffers=16MB", "-c", "max_connections=10"];
        _server = Command.Start("setpriv", [.. Unprivileged, Path.Combine(_programs, "postgres"), .. arguments]);
        Assert.True(
            Wait.Until(() => AsNobody(Command.DefaultTimeout, "pg_isready", "-h", _folder).Succeeded, Patience, () => _server.HasExited),
            $"PostgreSQL did not start: {_server.Error}");
    }

    /// <summary>Ends it at once, without letting it tidy up: kill -9.</summary>
    public void Kill()
    {
        _server?.Dispose();
        _server = null;
    }

    public void Dispose()
    {
        if (_server is { HasExited: false })
        {
            // A fast shutdown: connections are ended, nothing is left in shared memory.
            _ = Command.Run("kill", "-INT", $"{_server.ProcessId}");
            _ = Wait.Until(() => _server.HasExited, TimeSpan.FromSeconds(30));
        }

        Kill();
        Directory.Delete(_folder, recursive: true);
    }

    private static string[] Unprivileged => Environment.IsPrivilegedProcess ? ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] : [];

    private CommandResult AsNobody(TimeSpan patience, string program, params string[] arguments) =>
        Command.Run(patience, "setpriv", [.. Unprivileged, Path.Combine(_programs, program), .. arguments]);

    private static string? FindPrograms()
    {
        const string debian = "/usr/lib/postgresql";
        IEnumerable<string> folders = Directory.Exists(debian) ? Directory.EnumerateDirectories(debian).Select(version => Path.Combine(version, "bin")) : [];
        return folders.Order(StringComparer.Ordinal).LastOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));
    }
}
