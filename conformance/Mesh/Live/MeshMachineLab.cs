using System.Globalization;
using Weft.Conformance.Support;

namespace Weft.Conformance.MeshTests;

/// <summary>
/// One machine of the live mesh: unmodified applications (an HTTP server, PostgreSQL, an echo), and either a switch with an agent beside it, or the kernel's
/// rules with an agent on the same host.
/// </summary>
internal sealed class MeshMachineLab : IDisposable
{
    public const int Http = 8080, Postgres = 5432, Echo = 7007;

    private static readonly string Weft = Path.Combine(AppContext.BaseDirectory, "weft.dll");

    private readonly NetNamespace _agentHost;
    private readonly NetNamespace? _switchHost;
    private readonly string _file;
    private readonly List<RunningCommand> _applications = [];
    private RunningCommand? _switch;

    /// <summary>Makes the namespaces and connects them to the network, a bridge between machines.</summary>
    public MeshMachineLab(int number, bool translatesInSwitch, NetNamespace network, string folder)
    {
        (Number, Folder) = (number, folder);
        _file = Path.Combine(folder, "mesh.yaml");
        Applications = NetNamespace.Create(quiet: false);
        string port = string.Create(CultureInfo.InvariantCulture, $"m{number}");
        if (translatesInSwitch)
        {
            _switchHost = NetNamespace.Create();
            _agentHost = NetNamespace.Create(quiet: false);
            Applications.AddVeth("eth0", _switchHost, "app");
            _agentHost.AddVeth("eth0", _switchHost, "agent");
            _switchHost.AddVeth("up", network, port);
            Applications.SetMac("eth0", Mac("00"));
            _agentHost.SetMac("eth0", Mac("01"));
            _agentHost.AddAddress("eth0", string.Create(CultureInfo.InvariantCulture, $"198.18.1.{number + 1}/24"));
            _ = _agentHost.Ip("route", "add", "local", "100.64.0.0/17", "dev", "lo");
            _ = _agentHost.Ip("route", "add", "100.64.128.0/17", "dev", "eth0");
            _ = _agentHost.Ip("-6", "route", "add", "local", "fd6d:6573:6800::/65", "dev", "lo");
            _ = _agentHost.Ip("-6", "route", "add", "fd6d:6573:6800:0:8000::/65", "dev", "eth0");
        }
        else
        {
            _agentHost = Applications;
            Applications.AddVeth("eth0", network, port);
            _ = Applications.Ip("-6", "route", "add", "local", "fd6d:6573:6800::/64", "dev", "lo");
        }

        _ = network.Ip("link", "set", "dev", port, "master", "wire");
        Applications.AddAddress("eth0", Address + "/24");
        Applications.AddAddress("eth0", Address6 + "/64");
    }

    /// <summary>Which machine of the list.</summary>
    public int Number { get; }

    /// <summary>Where its files are.</summary>
    public string Folder { get; }

    /// <summary>Where its applications run.</summary>
    public NetNamespace Applications { get; }

    /// <summary>Its address.</summary>
    public string Address => AddressOf(Number);

    /// <summary>Its IPv6 address.</summary>
    public string Address6 => Address6Of(Number);

    /// <summary>The running agent.</summary>
    public RunningCommand Agent { get; private set; } = null!;

    /// <summary>True once agent and switch have said so.</summary>
    public bool IsRunning => Agent.Error.Contains("the agent is running", StringComparison.Ordinal) && _switch?.Error.Contains("is running with", StringComparison.Ordinal) != false;

    /// <summary>What its HTTP server wrote about requests: a line each, with the client's address.</summary>
    public string HttpLog => _applications[0].Output + _applications[0].Error;

    /// <summary>What everything here printed, for failures.</summary>
    public string Logs => $"machine {Number}\nswitch: {_switch?.Error}\nagent: {Agent.Error}\nhttp: {HttpLog}\necho: {_applications[2].Error}\npostgres: {_applications[1].Error}";

    public static string AddressOf(int number) => string.Create(CultureInfo.InvariantCulture, $"198.18.0.{number + 1}");

    public static string Address6Of(int number) => string.Create(CultureInfo.InvariantCulture, $"2001:db8::{number + 1}");

    /// <summary>Writes the configuration. Who this machine claims to be may differ from what the others believe.</summary>
    public void Configure(int machines, bool perConnection, string? claims = null)
    {
        bool translatesInSwitch = _switchHost is not null;
        string list = string.Concat(Enumerable.Range(0, machines).Select(number => $"""
                - name: vm{number}
                  number: {number}
                  identity: {(number == Number && claims is not null ? claims : $"spiffe://mesh.test/vm{number}")}
                  addresses: [{AddressOf(number)}, "{Address6Of(number)}"]
                  tunnel: 198.18.{(translatesInSwitch ? 1 : 0)}.{number + 1}:15443
                  ports: [tcp/{Http}, tcp/{Postgres}, tcp/{Echo}]

            """));
        string ports = !translatesInSwitch ? "" : """
            ports:
              - {name: app, type: af_packet, device: app}
              - {name: agent, type: af_packet, device: agent}
              - {name: up, type: af_packet, device: up}
            segments:
              - {name: lan, vlan: 1}

            """;
        string places = !translatesInSwitch ? "" : $$"""
              agent: {port: agent, mac: "{{Mac("01")}}"}
              applications:
                - {port: app, mac: "{{Mac("00")}}", addresses: [{{Address}}, "{{Address6}}"]}
              ipv4Pool: 100.64.0.0/16

            """;
        File.WriteAllText(_file, $$"""
            schema: weft/1
            {{ports}}mesh:
              self: vm{{Number}}
            {{places}}  machines:
            {{list}}  tls: {certificate: cert.pem, key: key.pem, bundle: bundle.pem, mode: {{(perConnection ? "per-connection" : "multiplexed")}}}

            """);
    }

    /// <summary>Starts the agent, and what translates.</summary>
    public void StartMesh()
    {
        _switch ??= _switchHost?.Start("dotnet", Weft, "run", _file);
        Agent?.Dispose();
        Agent = _agentHost.Start("dotnet", [Weft, "mesh", "run", _file, .. _switchHost is null ? (string[])["--rules"] : []]);
    }

    /// <summary>Starts the server applications, as anybody would who knows of no mesh.</summary>
    public void StartApplications(string postgresPrograms, string emptyDatabase)
    {
        string files = Path.Combine(Folder, "www");
        _ = Directory.CreateDirectory(files);
        File.WriteAllText(Path.Combine(files, "page.txt"), $"the page of machine {Number}");
        string data = Path.Combine(Folder, "data");
        _ = Command.Run("cp", "-a", emptyDatabase, data).Required();
        _applications.Add(Applications.Start("/usr/bin/python3", "-u", "-m", "http.server", "--bind", "0.0.0.0", "--directory", files, $"{Http}"));
        _applications.Add(Applications.Start("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", Path.Combine(postgresPrograms, "postgres"), "-D", data, "-k", Folder, "-c", "listen_addresses=*", "-c", "shared_buffers=16MB", "-c", "max_connections=30"));
        foreach (string family in (string[])["TCP4-LISTEN:7007,fork,reuseaddr", "TCP6-LISTEN:7007,fork,reuseaddr,ipv6only=1"])
        {
            _applications.Add(Applications.Start("socat", family, "SYSTEM:echo client $SOCAT_PEERADDR port $SOCAT_PEERPORT; exec cat"));
        }
    }

    public void Dispose()
    {
        _applications.ForEach(application => application.Dispose());
        Agent?.Dispose();
        _switch?.Dispose();
        Applications.Dispose();
        _agentHost.Dispose();
        _switchHost?.Dispose();
    }

    private string Mac(string kind) => string.Create(CultureInfo.InvariantCulture, $"02:00:00:00:{kind}:{Number + 1:x2}");
}
