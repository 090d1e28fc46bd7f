using Weft.Conformance.Support;

namespace Weft.Conformance.ClusterTests;

/// <summary>etcd's members on loopback, with data of their own that vanish with them.</summary>
internal sealed class EtcdMembers : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-etcd-").FullName;
    private readonly RunningCommand?[] _members;
    private readonly int[] _ports;
    private readonly string _token;

    /// <summary>Starts them and waits until each answers with a leader.</summary>
    public EtcdMembers(int count, int[]? ports = null)
    {
        _members = new RunningCommand?[count];
        _ports = ports ?? FreePort.OnLoopback(2 * count);
        _token = Guid.NewGuid().ToString("n");
        for (int i = 0; i < count; i++)
        {
            Start(i);
        }

        for (int i = 0; i < count; i++)
        {
            int member = i;
            Assert.True(
                Wait.Until(() => Control(member, "endpoint", "health").Succeeded, TimeSpan.FromSeconds(60), () => _members[member]!.HasExited),
                _members[member]!.Error);
        }
    }

    /// <summary>Their client addresses.</summary>
    public IReadOnlyList<Uri> Endpoints => [.. Enumerable.Range(0, _members.Length).Select(Endpoint)];

    /// <summary>All ports, to put another cluster in this one's place.</summary>
    public int[] Ports => _ports;

    /// <summary>The member that leads now.</summary>
    public int Leader()
    {
        int leader = -1;
        Assert.True(Wait.Until(
            () =>
            {
                // Fields of the simple form: endpoint, id, version, size, is leader, …
                leader = Array.FindIndex([.. Enumerable.Range(0, _members.Length)], i => Control(i, "endpoint", "status").Output.Split(", ").ElementAtOrDefault(4) == "true");
                return leader >= 0;
            },
            TimeSpan.FromSeconds(60)));
        return leader;
    }

    /// <summary>Runs etcdctl against one member.</summary>
    public CommandResult Control(int member, params string[] arguments) =>
        Command.Run(TimeSpan.FromSeconds(20), "etcdctl", [$"--endpoints={Address(member)}", "--command-timeout=5s", .. arguments]);

    /// <summary>Starts a member, again if it was killed.</summary>
    public void Start(int member)
    {
        string cluster = string.Join(',', Enumerable.Range(0, _members.Length).Select(i => $"m{i}=http://127.0.0.1:{_ports[(2 * i) + 1]}"));
        string peer = $"http://127.0.0.1:{_ports[(2 * member) + 1]}";
        _members[member] = Command.Start(
            "etcd", "--name", $"m{member}", "--data-dir", Path.Combine(_folder, $"m{member}"), "--initial-cluster", cluster, "--initial-cluster-token", _token,
            "--listen-client-urls", Address(member), "--advertise-client-urls", Address(member), "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--logger", "zap", "--log-level", "error");
    }

    /// <summary>SIGKILL.</summary>
    public void Kill(int member)
    {
        _members[member]?.Dispose();
        _members[member] = null;
    }

    /// <summary>SIGSTOP and SIGCONT.</summary>
    public void Signal(int member, string signal) => Command.Run("kill", $"-{signal}", $"{_members[member]!.ProcessId}").Required();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RunningCommand? member in _members)
        {
            member?.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private Uri Endpoint(int member) => new(Address(member));

    private string Address(int member) => $"http://127.0.0.1:{_ports[2 * member]}";
}
