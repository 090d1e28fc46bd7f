using System.Text.Json.Nodes;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>An inline <c>weft</c> between kernels: an attacker behind a router that fragments, and a web server.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class IdsLiveTests : IDisposable
{
    private const string Rules = "drop tcp any any -> any 80 (msg:\"path traversal\"; flow:established,to_server; content:\"/../../etc/passwd\"; sid:1;)\n"
        + "drop http any any -> any any (msg:\"escaped path traversal\"; http.uri.raw; content:\"/..%2f..%2fetc\"; sid:900001;)\n";
    private const string Server = "import http.server,sys\nclass H(http.server.BaseHTTPRequestHandler):\n  protocol_version='HTTP/1.1'\n  def do_GET(s):\n    b=b'served'\n    s.send_response(200); s.send_header('Content-Length',str(len(b))); s.end_headers(); s.wfile.write(b)\n  def log_message(s,*a):\n    print(s.path,flush=True)\nhttp.server.ThreadingHTTPServer(('10.0.1.2',80),H).serve_forever()\n";

    // The request's parts are sent one by one, each in a segment of its own; prints what comes back.
    private const string Client = "import socket,sys,time\ns=socket.create_connection(('10.0.1.2',80),5)\ns.setsockopt(socket.IPPROTO_TCP,socket.TCP_NODELAY,1)\ns.settimeout(4)\nfor p in sys.argv[1:]:\n  s.sendall(p.encode().decode('unicode_escape').encode()); time.sleep(0.05)\ntry: print(s.recv(4096).decode())\nexcept Exception as e: print('nothing:',type(e).__name__)\n";

    private readonly TemporaryFolder _folder = new();
    private readonly NetNamespace _attacker = Need();
    private readonly NetNamespace _router = NetNamespace.Create();
    private readonly NetNamespace _middle = NetNamespace.Create();
    private readonly NetNamespace _web = NetNamespace.Create();

    [Fact]
    public void An_exploit_cut_into_segments_and_fragments_is_blocked_and_the_rest_passes()
    {
        using RunningCommand weft = Start();
        using RunningCommand server = _web.Start("/usr/bin/python3", "-u", "-c", Server);
        Assert.True(Wait.Until(() => Request("GET /index.html HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n").Contains("served", StringComparison.Ordinal), TimeSpan.FromSeconds(30)), weft.Error + server.Error);

        Assert.DoesNotContain("served", Request("GET /../../etc/passwd HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"));
        Assert.DoesNotContain("served", Request("GE", "T /cgi-bin/.", "./.", "./etc", "/pass", "wd HTTP/1.1\\r\\nHost: a\\r\\n", "\\r\\n"));

        // 1,400 bytes of a header in front make the router cut the segment in three, and the path is in the last.
        string padding = new('x', 1100);
        Assert.DoesNotContain("served", Request($"GET /{padding}/../../etc/passwd HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"));
        Assert.Contains("served", Request($"GET /{padding}/etc/passwd HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"));

        // The target as it was sent has a buffer of its own.
        Assert.DoesNotContain("served", Request("GET /..%2", "f..%2fetc/", "passwd HTTP/1.1\\r\\nHost: a\\r\\n", "\\r\\n"));

        Assert.DoesNotContain("/../../", server.Output);
        Assert.DoesNotContain("%2f", server.Output);
        Assert.True(Wait.Until(() => Events("alert").Length >= 4 && Events("drop").Length >= 4, TimeSpan.FromSeconds(60)));
        Assert.All(Events("alert"), one => Assert.Equal("blocked", (string?)one["alert"]!["action"]));
        Assert.Contains(Events("alert"), one => (int)one["alert"]!["signature_id"]! == 900001);
    }

    [Fact]
    public void Rules_are_read_again_and_again_under_iperf3_without_a_lost_packet()
    {
        LiveRequirements.NeedPrograms("iperf3");
        using RunningCommand weft = Start();
        Assert.True(Wait.Until(() => _attacker.Run("ping", "-c", "1", "-W", "1", "10.0.1.2").Succeeded, TimeSpan.FromSeconds(30)), weft.Error);
        // A machine that is short of time may lose packets by itself: one run without loss shows that reloading loses none.
        int lost = -1;
        for (int run = 0; run < 4 && lost != 0; run++)
        {
            lost = LostWhileReloading();
        }

        Assert.Equal(0, lost);
        CommandResult shown = Command.Run("dotnet", Executable, "show", "ids", "--json", "--socket", _folder.File("weft.sock")).Required();
        JsonNode sensor = JsonNode.Parse(shown.Output)!["ids"]![0]!;
        Assert.True((int)sensor["generation"]! >= 6);
        Assert.Equal(2502, (int)sensor["rules"]!);
    }

    private int LostWhileReloading()
    {
        using RunningCommand server = _web.Start("iperf3", "-s", "-1", "-B", "10.0.1.2");
        Assert.True(Wait.Until(() => _web.Run("ss", "-ltn").Output.Contains(":5201", StringComparison.Ordinal), TimeSpan.FromSeconds(60)));
        using RunningCommand client = _attacker.Start("iperf3", "-c", "10.0.1.2", "-u", "-b", "2M", "-l", "400", "-t", "6", "-J");
        for (int i = 0; i < 5; i++)
        {
            File.WriteAllText(_folder.File("a.rules"), Rules + string.Concat(Enumerable.Range(2, 500 * (i + 1)).Select(sid => $"alert tcp any any -> any any (content:\"word number {sid}\"; sid:{sid};)\n")));
            CommandResult reload = Command.Run(TimeSpan.FromSeconds(60), "dotnet", Executable, "ids", "reload", "--socket", _folder.File("weft.sock")).Required();
            Assert.Contains("guard", reload.Output);
        }

        CommandResult result = client.WaitForExit(TimeSpan.FromSeconds(60));
        JsonNode sum = JsonNode.Parse(result.Output)!["end"]!["sum"]!;
        Assert.True((int)sum["packets"]! > 1000);
        return (int)sum["lost_packets"]!;
    }

    private JsonNode[] Events(string type) => !File.Exists(_folder.File("eve.json")) ? []
        : [.. File.ReadAllLines(_folder.File("eve.json")).Where(line => line.EndsWith('}')).Select(line => JsonNode.Parse(line)!).Where(one => (string?)one["event_type"] == type)];

    public void Dispose()
    {
        _web.Dispose();
        _middle.Dispose();
        _router.Dispose();
        _attacker.Dispose();
        _folder.Dispose();
    }

    private static string Executable => Path.Combine(AppContext.BaseDirectory, "weft.dll");

    private static NetNamespace Need()
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedPrograms("/usr/bin/python3");
        return NetNamespace.Create();
    }

    private string Request(params string[] parts) => _attacker.Run("/usr/bin/python3", ["-c", Client, .. parts]).Output;

    /// <summary>attacker 10.0.0.1 — 10.0.0.254 router 10.0.1.254, MTU 576 — weft — 10.0.1.2 server.</summary>
    private RunningCommand Start()
    {
        _attacker.AddVeth("a0", _router, "r0");
        _router.AddVeth("r1", _middle, "m0");
        _middle.AddVeth("m1", _web, "w0");
        _attacker.AddAddress("a0", "10.0.0.1/24");
        _router.AddAddress("r0", "10.0.0.254/24");
        _router.AddAddress("r1", "10.0.1.254/24");
        _web.AddAddress("w0", "10.0.1.2/24");
        _attacker.Ip("route", "add", "default", "via", "10.0.0.254");
        _web.Ip("route", "add", "default", "via", "10.0.1.254");
        _router.Ip("link", "set", "dev", "r1", "mtu", "576");
        // Without path MTU discovery nothing forbids the router to cut.
        _attacker.Run("sysctl", "-q", "-w", "net.ipv4.ip_no_pmtu_disc=1").Required();
        _router.Run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1").Required();
        foreach ((NetNamespace place, string device) in new[] { (_attacker, "a0"), (_router, "r0"), (_router, "r1"), (_middle, "m0"), (_middle, "m1"), (_web, "w0") })
        {
            // Offload would hand on what no wire could carry.
            place.Run("ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off", "gro", "off");
        }

        File.WriteAllText(_folder.File("a.rules"), Rules);
        string configuration = _folder.Write("lab.yaml", $$$"""
            schema: weft/1
            switch: {name: lab, controlSocket: weft.sock}
            ports:
            - {name: outside, type: af_packet, device: m0, networkNamespace: {{{_middle.Name}}}}
            - {name: inside, type: af_packet, device: m1, networkNamespace: {{{_middle.Name}}}}
            segments:
            - {name: lab, vlan: 1}
            ids:
            - {name: guard, mode: inline, rules: [a.rules], ports: [inside], eve: eve.json, pcap: bad.pcap}
            """);
        return Command.Start("dotnet", Executable, "run", configuration);
    }
}
