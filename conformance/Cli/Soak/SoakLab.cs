using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>
/// Two switches, each a process: an edge with a router, NAT and a sensor between machines and the Internet, and a far host behind VXLAN; and programs that use
/// both in every way at once.
/// </summary>
internal sealed class SoakLab : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>New flows all the time: datagrams and short connections from ports that nobody used lately, a group that is joined and left.</summary>
    private const string Churn = """
        import socket, struct, sys, time
        server, group = sys.argv[1], "239.1.1.1"
        while True:
            for _ in range(20):
                d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                d.sendto(b"attack me" * 20, (server, 5300))
                d.close()
            try:
                socket.create_connection((server, 5301), timeout=1).close()
            except OSError:
                pass
            m = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            m.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", socket.inet_aton(group), socket.inet_aton("10.7.0.1")))
            time.sleep(0.05)
            m.close()
            time.sleep(0.05)
        """;

    private const string Echo = """
        import socket, threading
        d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        d.bind(("", 5300))
        def answer():
            while True:
                data, peer = d.recvfrom(2048)
                d.sendto(data, peer)
        threading.Thread(target=answer, daemon=True).start()
        t = socket.socket()
        t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        t.bind(("", 5301))
        t.listen(64)
        print("listening", flush=True)
        while True:
            t.accept()[0].close()
        """;

    private readonly NetNamespace _left = NetNamespace.Create(), _right = NetNamespace.Create(), _middle = NetNamespace.Create(), _beyond = NetNamespace.Create();
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunningCommand> _load = [];
    private readonly RunningCommand _far;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly int _port = FreePort.OnLoopback();
    private int _reloads;

    public SoakLab()
    {
        _middle.AddVeth("v0", _middle, "v1", mtu: 1700);
        _folder.Write("any.rules", "alert udp any any -> any 5300 (msg:\"attack\"; content:\"attack\"; threshold:type limit,track by_src,count 1,seconds 1; sid:1;)\n");
        Edge = WeftProgram.Start("run", _folder.Write("edge.yaml", EdgeText(extra: "")), "--web");
        _far = WeftProgram.Start("run", _folder.Write("far.yaml", $$"""
            schema: weft/1
            switch: {name: far, controlSocket: far.sock}
            ports:
              - {name: vm, type: tap, device: wvm, networkNamespace: {{_beyond.Name}}, mtu: 1450, vlan: {mode: access, id: 10} }
              - {name: up, type: af_packet, device: v1, networkNamespace: {{_middle.Name}}, role: underlay}
            vteps:
              - {name: t, port: up, address: 192.0.2.2/24}
            segments:
              - {name: lan, vlan: 10, vni: 100, vtep: t, peers: [192.0.2.1]}
            """));
        Assert.True(Edge.WaitForOutput("is running with", Patience), Edge.Error);
        Assert.True(_far.WaitForOutput("is running with", Patience), _far.Error);
        Connect(_left, "wlan", "10.7.0.1/24", "10.7.0.254");
        Connect(_right, "wwan", "10.8.0.254/24", via: null);
        Connect(_beyond, "wvm", "10.7.0.2/24", "10.7.0.254");
    }

    /// <summary>The process that is looked at.</summary>
    public RunningCommand Edge { get; }

    public string Folder => _folder.Path;

    /// <summary>Everything begins, and goes on until the lab is taken down.</summary>
    public void Load()
    {
        Start(_right, "iperf3", "-s", "--forceflush");
        Start(_beyond, "iperf3", "-s", "--forceflush");
        Start(_right, "python3", _folder.Write("echo.py", Echo));
        Assert.All(_load, server => Assert.True(server.WaitForOutput("listening", Patience), server.Line + server.Error));
        Start(_left, "python3", _folder.Write("churn.py", Churn), "10.8.0.254");
        Start(_left, "iperf3", "-c", "10.8.0.254", "-t", "80000", "-b", "10M", "-i", "60");
        Start(_left, "iperf3", "-c", "10.7.0.2", "-t", "80000", "-b", "10M", "-i", "60");
        Start(_left, "ping", "-i", "0.05", "-q", "10.7.0.2");
    }

    /// <summary>Nobody talks any more.</summary>
    public void Rest()
    {
        _load.ForEach(program => program.Dispose());
        _load.Clear();
    }

    /// <summary>A reload with one segment more or less, and a look at everything, and a capture of a second.</summary>
    public async Task DisturbAsync(CancellationToken cancellation)
    {
        _folder.Write("edge.yaml", EdgeText(++_reloads % 2 == 1 ? "\n  - {name: second, vlan: 30}" : ""));
        _ = Command.Run("kill", "-HUP", $"{Edge.ProcessId}").Required();
        Assert.True(Wait.Until(() => Edge.Error.Split("the new configuration is in force").Length == _reloads + 1, Patience, () => Edge.HasExited), Edge.Error);
        foreach (string topic in (string[])["all", "fdb", "nat-sessions", "multicast-flows"])
        {
            _ = await _http.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/api/v1/show/{topic}"), cancellation);
        }

        _ = WeftProgram.Run("capture", "--socket", _folder.File("edge.sock"), "--seconds", "1", "-w", _folder.File("capture.pcapng")).Required();
    }

    /// <summary>What the edge needs now.</summary>
    public async Task<SoakSample> LookAsync(TimeSpan at, CancellationToken cancellation) =>
        SoakSample.Read(at, await _http.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/metrics"), cancellation));

    public void Dispose()
    {
        Rest();
        _http.Dispose();
        Edge.Dispose();
        _far.Dispose();
        _folder.Dispose();
        foreach (NetNamespace space in (NetNamespace[])[_left, _right, _middle, _beyond])
        {
            space.Dispose();
        }
    }

    private string EdgeText(string extra) => $$"""
        schema: weft/1
        switch: {name: edge, controlSocket: edge.sock}
        api: {port: {{_port}} }
        ports:
          - {name: lan, type: tap, device: wlan, networkNamespace: {{_left.Name}}, mtu: 1450, vlan: {mode: access, id: 10} }
          - {name: wan, type: tap, device: wwan, networkNamespace: {{_right.Name}}, vlan: {mode: access, id: 20} }
          - {name: up, type: af_packet, device: v0, networkNamespace: {{_middle.Name}}, role: underlay}
        vteps:
          - {name: t, port: up, address: 192.0.2.1/24}
        segments:
          - {name: lan, vlan: 10, vni: 100, vtep: t, peers: [192.0.2.2], multicast: {snooping: true, querier: {ipv4: 10.7.0.254} } }
          - {name: wan, vlan: 20}{{extra}}
        routers:
          - {name: edge, interfaces: [{segment: lan, addresses: [10.7.0.254/24]}, {segment: wan, addresses: [10.8.0.1/24]}], routes: [{prefix: 0.0.0.0/0, via: 10.8.0.254}]}
        nat:
          - {name: n, router: edge, outside: wan, inside: [10.7.0.0/24], blocks: [{address: 192.0.9.1, ports: 4096-12287}]}
        ids:
          - {name: sensor, rules: [any.rules], eve: eve.json}
        """;

    private static void Connect(NetNamespace space, string device, string address, string? via)
    {
        space.AddAddress(device, address);
        space.Ip("link", "set", "dev", device, "up");
        space.Ip("route", "add", "default", via is null ? "dev" : "via", via ?? device);
    }

    private void Start(NetNamespace space, string program, params string[] arguments) => _load.Add(space.Start(program, arguments));
}
