using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Weft.AlarmStore;
using Weft.Analytics;
using Weft.Cluster.Embedded;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Mesh;
using Weft.MeshAgent;
using Weft.Packets;
using Weft.Pcap;
using Wire = Weft.Cluster.Embedded.Wire;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A process that writes each kind of file that a switch keeps, round after round, and says so after each. It is this assembly, started again below strace, which ends it
/// in front of one of the calls that touch its files.
/// </summary>
internal static class FileWriter
{
    public const int Rounds = 3;

    /// <summary>The mesh's trust domain.</summary>
    public const string Domain = "mesh.example";

    private const string Variable = "WEFT_CONFORMANCE_FILE_WRITER";

    private static readonly string[] Names =
        ["state", "state.new", "out.key.sequence", "out.key.sequence.new", "store", "store.new", "out.pcapng", "out.pcap", "alarms.db", "alarms.db-wal", "alarms.db-shm", "alarms.db-journal", "eve.json", "mesh/ca.pem", "mesh/ca.pem.new", "mesh/ca-key.pem", "mesh/ca-key.pem.new", "mesh/cert.pem", "mesh/cert.pem.new", "mesh/key.pem", "mesh/key.pem.new", "mesh/bundle.pem", "mesh/bundle.pem.new", "mesh", ""];

    private static readonly string Calls = string.Join(',', "openat", "write", "pwrite64", "pwritev", "fsync", "fdatasync", "ftruncate", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "fallocate", "mkdir");

    /// <summary>Starts a writer.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="fault">What happens, to which call; null for nothing.</param>
    public static CommandResult Run(string folder, (string What, int Call)? fault)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
        string[] files = [.. Names.SelectMany(name => new[] { "-P", name.Length == 0 ? folder : Path.Combine(folder, name) })];
        return Command.Run(
            TimeSpan.FromMinutes(2),
            "strace",
            ["-f", "-qq", "-o", Path.Combine(folder, "calls.txt"), "-E", $"{Variable}={folder}", "-e", "trace=" + Calls, .. files, .. fault is { } happens ? ["-e", $"inject={Calls}:{happens.What}:when={happens.Call}"] : Array.Empty<string>(), Command.Find(host), typeof(FileWriter).Assembly.Location]);
    }

    /// <summary>The last round in which a kind of file was written to its end; 0 if in none.</summary>
    public static int Done(CommandResult writer, string kind) => writer.Output.Split('\n')
        .Where(line => line.StartsWith(kind + " ", StringComparison.Ordinal))
        .Select(line => int.Parse(line.AsSpan(kind.Length + 1), CultureInfo.InvariantCulture))
        .LastOrDefault();

    public static AlarmDatabase OpenAlarms(string folder) => AlarmDatabase.OpenSqlite(Path.Combine(folder, "alarms.db"), "writer");

#pragma warning disable CA2255 // A second entry point is what is wanted here: the test runner owns the first.
    [ModuleInitializer]
    internal static void WriteAndEnd()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder)
        {
            Write(folder);
            Environment.Exit(0);
        }
    }

    private static void Write(string folder)
    {
        ConfigurationResult configuration = ConfigurationFile.ReadText("schema: weft/1\nports:\n  - {name: a, type: pcap, write: a.pcapng}\nsegments:\n  - {name: one, vlan: 1}\n", Path.Combine(folder, "x.yaml"));
        SwitchPlan plan = configuration.Plan ?? throw new InvalidOperationException(string.Join('\n', configuration.Problems));
        SwitchSnapshot state;
        using (var link = new Ports.MemoryLink("a", "b", new Ports.MemoryLinkOptions()))
        using (var built = new Switch(plan, [link.Left]))
        {
            state = built.Snapshot();
        }

        using StoreLog log = StoreLog.Open(Path.Combine(folder, "store"), _ => { });
        using PcapngWriter capture = PcapngWriter.Create(Path.Combine(folder, "out.pcapng"));
        using PcapWriter plain = PcapWriter.Create(Path.Combine(folder, "out.pcap"));
        using AlarmDatabase alarms = OpenAlarms(folder);
        int port = capture.AddInterface(new PcapngInterfaceOptions());
        byte[] frame = new byte[60];
        for (int round = 1; round <= Rounds; round++)
        {
            int now = round;
            Do("state", () => StateFile.Write(Path.Combine(folder, "state"), state with { Name = $"round-{now}" }, DateTimeOffset.UtcNow));
            Do("sequence", () => SequenceLease.Take(Path.Combine(folder, "out.key"), extended: true));
            Do("store", () => Keep(log, now));
            Do("alarms", () => alarms.Append([Alarm(now)]));
            Do("eve", () => LineFile.Append(Path.Combine(folder, "eve.json"), Encoding.UTF8.GetBytes($"{{\"round\":{now}}}\n{{\"round\":{now}}}\n")));
            Do("authority", () => Found(Path.Combine(folder, "mesh")));
            Do("identity", () => DevelopmentAuthority.Issue(Path.Combine(folder, "mesh"), SpiffeId.Parse($"spiffe://{Domain}/round-{now}"), Path.Combine(folder, "mesh"), TimeSpan.FromHours(1), TimeProvider.System));
            Do("capture", () =>
            {
                capture.WritePacket(port, Timestamp.FromSeconds(now), frame);
                capture.Flush();
                plain.WritePacket(Timestamp.FromSeconds(now), frame);
                plain.Flush();
            });

            void Do(string kind, Action write)
            {
                try
                {
                    write();
                    Say($"{kind} {now}");
                }
                catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or CryptographicException or AlarmStoreException or SwitchStartException)
                {
                    Say($"refused: {kind} {now}: {refused.Message}");
                }
            }
        }
    }

    private static void Found(string folder)
    {
        if (!File.Exists(Path.Combine(folder, DevelopmentAuthority.KeyName)))
        {
            DevelopmentAuthority.Initialize(folder, Domain, TimeProvider.System);
        }
    }

    /// <summary>Two of three rounds add a record, the third puts an image in the place of all.</summary>
    private static void Keep(StoreLog log, int round)
    {
        var write = new Wire.Write { Key = "/round", Value = Google.Protobuf.ByteString.CopyFromUtf8($"{round}"), CreateRevision = 1, ModRevision = round };
        if (round % 3 == 0)
        {
            log.Rewrite(new Wire.Image { Revision = round, Entries = { write } });
        }
        else
        {
            log.Append(new Wire.Record { Commit = new Wire.Commit { Revision = round, Writes = { write } } });
        }
    }

    private static AlarmRecord Alarm(int round) => new()
    {
        Time = DateTimeOffset.UnixEpoch.AddSeconds(round),
        Resource = "machine",
        Type = "process",
        Change = AlarmChange.Repeated,
        Severity = AlarmSeverity.Major,
        Score = 1,
        Occurrences = round,
    };

    private static void Say(string line)
    {
        // Not through the console, which has a lock and a buffer that a process that is ended takes with it.
        using Stream output = Console.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes(line + "\n"));
    }
}
