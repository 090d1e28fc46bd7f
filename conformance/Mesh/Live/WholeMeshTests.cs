using System.Globalization;
using Weft.Conformance.Support;
using Weft.Mesh;
using Weft.MeshAgent;

namespace Weft.Conformance.MeshTests;

/// <summary>
/// Four machines, three applications each that were never told, any to any: the wire sees TLS, servers see their true clients, strangers get nowhere, and
/// certificates change under way. <c>WEFT_MESH_LOAD</c> sets for how many seconds there is load while they do.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class WholeMeshTests : IDisposable
{
    private const int Machines = 4;
    private const string Marker = "weft-marker-a1b2c3d4";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly int LoadSeconds = int.Parse(Environment.GetEnvironmentVariable("WEFT_MESH_LOAD") ?? "6", CultureInfo.InvariantCulture);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-mesh-live-").FullName;
    private readonly List<MeshMachineLab> _machines = [];
    private NetNamespace _network = null!;
    private NetNamespace _stranger = null!;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Applications_talk_any_to_any_and_only_their_agents_know(bool translatesInSwitch, bool perConnection)
    {
        LiveRequirements.Need("nft", "tcpdump", "tshark", "curl", "psql", "socat", "setpriv", "kill", "cp", "chmod", "chown");
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "needs the system's python3");
        string? postgres = FindPostgres();
        Assert.SkipWhen(postgres is null, "needs PostgreSQL");
        Build(translatesInSwitch, perConnection, postgres);
        using var witness = new WireWitness(_network, _folder);
        WaitUntilEverybodyAnswers();

        EverybodyReachesEverybody();
        CertificatesChangeUnderLoad();
        AnotherIdentityIsRefused(perConnection);
        AStrangerIsRefused();

        witness.Stop();
        Assert.Empty(witness.Strangers());
        Assert.Empty(witness.NotTls());
        Assert.False(witness.Saw(Marker), "an application's words were on the wire");
    }

    public void Dispose()
    {
        _machines.ForEach(machine => machine.Dispose());
        _stranger?.Dispose();
        _network?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Build(bool translatesInSwitch, bool perConnection, string postgres)
    {
        _ = Command.Run("chmod", "755", _folder).Required();
        string empty = Path.Combine(_folder, "empty");
        _ = Directory.CreateDirectory(empty);
        _ = Command.Run("chown", "nobody:nogroup", empty).Required();
        _ = Command.Run(Patience, "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", Path.Combine(postgres, "initdb"), "-D", empty, "-U", "weft", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync").Required();
        File.AppendAllText(Path.Combine(empty, "pg_hba.conf"), "host all all all trust\n");

        _network = NetNamespace.Create();
        _ = _network.Ip("link", "add", "name", "wire", "type", "bridge");
        _ = _network.Ip("link", "set", "dev", "wire", "up");
        _stranger = NetNamespace.Create();
        _stranger.AddVeth("eth0", _network, "stranger");
        _ = _network.Ip("link", "set", "dev", "stranger", "master", "wire");
        _stranger.AddAddress("eth0", "198.18.0.99/24");
        DevelopmentAuthority.Initialize(Path.Combine(_folder, "ca"), "mesh.test", TimeProvider.System);
        for (int number = 0; number < Machines; number++)
        {
            string folder = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"vm{number}"));
            _ = Directory.CreateDirectory(folder);
            _ = Command.Run("chown", "nobody:nogroup", folder).Required();
            var machine = new MeshMachineLab(number, translatesInSwitch, _network, folder);
            _machines.Add(machine);
            Issue(machine, $"spiffe://mesh.test/vm{number}");
            machine.Configure(Machines, perConnection);
            machine.StartMesh();
            machine.StartApplications(postgres, empty);
        }

        // Before its rules are there, a machine talks in the clear as it always did.
        Eventually(() => _machines.All(machine => machine.IsRunning), "not everything is running");
    }

    private void WaitUntilEverybodyAnswers()
    {
        foreach ((MeshMachineLab client, MeshMachineLab server) in Pairs())
        {
            Eventually(() => Curl(client, server).Succeeded, $"{client.Number} cannot reach {server.Number}");
            Eventually(() => Psql(client, server, "select 1").Succeeded, $"{client.Number} cannot reach PostgreSQL of {server.Number}");
            Eventually(() => Echo(client, server.Address).Contains("client", StringComparison.Ordinal), $"{client.Number} cannot reach the echo of {server.Number}");
        }
    }

    private void EverybodyReachesEverybody()
    {
        foreach ((MeshMachineLab client, MeshMachineLab server) in Pairs())
        {
            Assert.Equal($"the page of machine {server.Number}", Curl(client, server).Required().Output.Trim());
            Eventually(() => server.HttpLog.Contains($"{client.Address} - - ", StringComparison.Ordinal), $"{server.Number} did not see {client.Address}");
            Assert.Equal($"{client.Address}|{Marker}", Psql(client, server, $"select host(inet_client_addr()), '{Marker}'").Required().Output.Trim());
            string[] said = Echo(client, server.Address).Split('\n');
            Assert.Equal($"client {client.Address} port {SourcePort(client, server)}", said[0]);
            Assert.Equal(Marker, said[1]);
            Assert.Equal(Marker, Echo(client, $"[{server.Address6}]").Split('\n')[1]);
        }

        // Servers of the machine itself need no mesh.
        Assert.Contains("the page", _machines[0].Applications.Run("curl", "-sS", "-m", "20", $"http://{_machines[0].Address}:{MeshMachineLab.Http}/page.txt").Output, StringComparison.Ordinal);
    }

    /// <summary>Connections that are there go on, and new ones are opened all the while.</summary>
    private void CertificatesChangeUnderLoad()
    {
        RunningCommand[] load = [.. Pairs().Where(pair => pair.Server.Number == (pair.Client.Number + 1) % Machines).SelectMany(pair => (RunningCommand[])[
            pair.Client.Applications.Start("/usr/bin/python3", "-u", Repository.File("conformance/Mesh/Live/talk.py"), pair.Server.Address, $"{MeshMachineLab.Echo}", $"{LoadSeconds}"),
            pair.Client.Applications.Start("psql", "-h", pair.Server.Address, "-U", "weft", "-d", "postgres", "-Atc", $"select pg_sleep({LoadSeconds}), 'slept'"),
        ])];
        try
        {
            foreach (RunningCommand talk in load.Where((_, at) => at % 2 == 0))
            {
                Assert.True(talk.WaitForOutput("talking", Patience), talk.Output + talk.Error);
            }

            foreach (MeshMachineLab machine in _machines)
            {
                string before = machine.Agent.Error;
                Issue(machine, $"spiffe://mesh.test/vm{machine.Number}");
                Eventually(() => machine.Agent.Error.Length > before.Length && machine.Agent.Error[before.Length..].Contains("certificates-loaded", StringComparison.Ordinal), $"the agent of {machine.Number} takes no new certificate");
            }

            foreach (RunningCommand running in load)
            {
                CommandResult result = running.WaitForExit(Patience);
                Assert.True(result.Succeeded && (result.Output.Contains("slept", StringComparison.Ordinal) || result.Output.Contains("not one broken", StringComparison.Ordinal)), result.Line + result.Output + result.Error + AllLogs());
            }
        }
        finally
        {
            Array.ForEach(load, running => running.Dispose());
        }
    }

    /// <summary>The last machine proves an identity that the same authority vouches for and that nobody expects.</summary>
    private void AnotherIdentityIsRefused(bool perConnection)
    {
        MeshMachineLab intruder = _machines[^1];
        Issue(intruder, "spiffe://mesh.test/intruder");
        intruder.Configure(Machines, perConnection, claims: "spiffe://mesh.test/intruder");
        string log = _machines[0].HttpLog;
        intruder.StartMesh();
        Assert.True(intruder.Agent.WaitForOutput("the agent is running", Patience), intruder.Agent.Error);
        foreach (MeshMachineLab server in _machines[..^1])
        {
            Assert.False(Curl(intruder, server).Succeeded, AllLogs());
            Assert.False(Psql(intruder, server, "select 1").Succeeded);
            Assert.DoesNotContain(Marker, Echo(intruder, server.Address), StringComparison.Ordinal);

            // Nor does anybody connect to it: it is not who was dialled.
            Assert.False(Curl(server, intruder).Succeeded, AllLogs());
        }

        Assert.Equal(log, _machines[0].HttpLog);
        Assert.True(Curl(_machines[1], _machines[0]).Succeeded, AllLogs());
    }

    /// <summary>Somebody without a mesh reaches no service, and everybody else still does.</summary>
    private void AStrangerIsRefused()
    {
        Assert.False(_stranger.Run("curl", "-sS", "-m", "3", $"http://{_machines[0].Address}:{MeshMachineLab.Http}/page.txt").Succeeded);
        Assert.DoesNotContain("198.18.0.99", _machines[0].HttpLog, StringComparison.Ordinal);
        Assert.True(Curl(_machines[1], _machines[0]).Succeeded);
    }

    private static CommandResult Curl(MeshMachineLab client, MeshMachineLab server) =>
        client.Applications.Run(TimeSpan.FromSeconds(60), "curl", "-sS", "-m", "40", "-H", $"X-Marker: {Marker}", $"http://{server.Address}:{MeshMachineLab.Http}/page.txt");

    private static CommandResult Psql(MeshMachineLab client, MeshMachineLab server, string query) =>
        client.Applications.Run(TimeSpan.FromSeconds(60), "psql", "-h", server.Address, "-p", $"{MeshMachineLab.Postgres}", "-U", "weft", "-d", "postgres", "-Atc", query);

    private string Echo(MeshMachineLab client, string server)
    {
        string to = server.StartsWith('[') ? $"TCP6:{server}:{MeshMachineLab.Echo},connect-timeout=40" : $"TCP4:{server}:{MeshMachineLab.Echo},connect-timeout=40,reuseaddr,sourceport={SourcePort(client, _machines.Single(machine => machine.Address == server))}";
        return client.Applications.Run(TimeSpan.FromSeconds(60), "sh", "-c", $"echo {Marker} | socat -t 30 - '{to}'").Output;
    }

    /// <summary>A port for each pair, so that the server can be asked whether it saw it.</summary>
    private static int SourcePort(MeshMachineLab client, MeshMachineLab server) => 45_000 + (client.Number * Machines) + server.Number;

    private static void Issue(MeshMachineLab machine, string identity) =>
        DevelopmentAuthority.Issue(Path.Combine(Path.GetDirectoryName(machine.Folder)!, "ca"), SpiffeId.Parse(identity), machine.Folder, TimeSpan.FromHours(1), TimeProvider.System);

    private static string? FindPostgres() => !Directory.Exists("/usr/lib/postgresql") ? null
        : Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Order(StringComparer.Ordinal).LastOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));

    private IEnumerable<(MeshMachineLab Client, MeshMachineLab Server)> Pairs() =>
        from client in _machines from server in _machines where client != server select (client, server);

    private void Eventually(Func<bool> condition, string otherwise) => Assert.True(Wait.Until(condition, Patience), $"{otherwise}\n{AllLogs()}");

    private string AllLogs() => string.Join('\n', _machines.Select(machine => machine.Logs));
}
