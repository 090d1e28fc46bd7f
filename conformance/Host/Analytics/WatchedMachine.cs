using System.Diagnostics;
using Weft.AlarmStore;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A machine in a network namespace of its own: a web server with a hole, somebody outside who can be connected to, and a switch
/// that watches the namespace's processes and nobody else's.
/// </summary>
internal sealed class WatchedMachine : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // Serves its folder; "/run/X" starts the program X of the folder, as an exploited server would.
    private const string Server = """
        import http.server, os, subprocess, sys
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/run/"):
                    subprocess.Popen([os.path.join(sys.argv[1], self.path[5:]), "-u", "TCP:203.0.113.9:4444", "STDOUT"], stdout=subprocess.DEVNULL)
                self.send_response(200); self.end_headers(); self.wfile.write(b"hello")
            def log_message(self, *ignored): pass
        http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
        """;

    private readonly NetNamespace _machine = NetNamespace.Create();
    private readonly NetNamespace _outside = NetNamespace.Create();
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-analytics-live-").FullName;
    private readonly RunningCommand _listener;
    private RunningCommand? _server;

    public WatchedMachine(string collector)
    {
        Collector = collector;
        _machine.AddVeth("wan0", _outside, "wan1");
        _machine.AddAddress("wan0", "192.0.2.1/24");
        _outside.AddAddress("wan1", "192.0.2.2/24");
        _outside.AddAddress("wan1", "203.0.113.9/32");
        _ = _machine.Ip("route", "add", "default", "via", "192.0.2.2");
        File.WriteAllText(Path.Combine(_folder, "server.py"), Server);
        File.Copy(Command.Find("socat"), Path.Combine(_folder, "dropper"));
        File.Copy("/usr/bin/python3", Path.Combine(_folder, "python3-new"));
        _listener = _outside.Start("socat", "-u", "TCP-LISTEN:4444,fork,reuseaddr", "OPEN:/dev/null");
        Assert.True(Wait.Until(() => _outside.Run("socat", "-u", "/dev/null", "TCP:203.0.113.9:4444").Succeeded, Patience), "nobody listens outside");
    }

    public string Collector { get; }

    public string Python => Path.GetFullPath(new FileInfo("/usr/bin/python3").ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? "/usr/bin/python3");

    public string NewPython => Path.Combine(_folder, "python3-new");

    public string Dropper => Path.Combine(_folder, "dropper");

    public string Database => Path.Combine(_folder, "alarms.db");

    public SwitchHost StartSwitch(string keys = "") => SwitchHost.Start(Plan(keys), new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name) });

    /// <summary>A day of observation in a second each; promotion after three seconds instead of a day.</summary>
    public SwitchPlan Plan(string keys = "")
    {
        ConfigurationResult result = ConfigurationFile.ReadText(
            $$"""
            schema: weft/1
            switch: { name: lab, controlSocket: {{Path.Combine(_folder, "control")}} }
            ports: [ { name: lan, type: tap, device: weft-an0 } ]
            segments: [ { name: s, vlan: 1 } ]
            analytics:
              store: { sqlite: {{Database}} }
              processes:
                collector: {{Collector}}
                networkNamespaces: [ {{_machine.Name}} ]
                groups: [ { name: office, networks: [ 192.0.2.0/24 ] } ]
                learnSeconds: 86400
                pollMilliseconds: 50
                observeSeconds: 1
                promoteSeconds: 3
                promoteObservations: 3
                clearSeconds: 2
                {{keys}}
            """,
            Path.Combine(_folder, "switch.yaml"));
        Assert.Empty(result.Problems);
        return result.Plan!;
    }

    /// <summary>Starts the web server with an interpreter and waits until it answers.</summary>
    public void StartServer(string python)
    {
        _server?.Dispose();
        _server = _machine.Start(python, Path.Combine(_folder, "server.py"), _folder);
        Assert.True(Wait.Until(() => Get("/"), Patience, () => _server.HasExited), $"the server did not start: {_server.Error}");
    }

    public bool Get(string path) => _machine.Run("/usr/bin/python3", "-c", $"import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080{path}', timeout=20).read()").Succeeded;

    /// <summary>Waits until an alarm of a program is in the database, and says how long that took.</summary>
    public static TimeSpan TimeToStore(AlarmDatabase stored, string executable)
    {
        var watch = Stopwatch.StartNew();
        Assert.True(Wait.Until(() => stored.Active(100).Any(record => record.Qualifier.StartsWith(executable + " <", StringComparison.Ordinal)), Patience), "no alarm was stored");
        return watch.Elapsed;
    }

    public void StopServer() => _server?.Dispose();

    public static SwitchSnapshot Snapshot(SwitchHost host) => host.SnapshotAsync(SnapshotParts.None).GetAwaiter().GetResult();

    /// <summary>Waits until analytics looks as wanted.</summary>
    public static AnalyticsSnapshot Until(SwitchHost host, Func<AnalyticsSnapshot, bool> condition, string what)
    {
        AnalyticsSnapshot last = new();
        bool holds = Wait.Until(() => condition(last = Snapshot(host).Analytics!), Patience);
        Assert.True(holds, $"{what}; there was {System.Text.Json.JsonSerializer.Serialize(last)}");
        return last;
    }

    public void Dispose()
    {
        _server?.Dispose();
        _listener.Dispose();
        _machine.Dispose();
        _outside.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
