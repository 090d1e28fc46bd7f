using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;
using static Weft.Conformance.HostTests.RouterPlans;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Clients (198.51.100.2 and on), a kernel that spreads their flows over two load balancers by equal-cost paths, and behind those the
/// switch and a server: <c>clients ── spreader ═╦═ haproxy 1 ═╦═ switch ── server (10.30.0.2)</c>. The load balancers keep the clients'
/// addresses and ports (TPROXY; ports of their own choice could meet, and two connections would be one to the server), so the server's replies are addressed to clients; the switch's only route to them leads through the first one.
/// </summary>
internal sealed class LbLab : IDisposable
{
    public const string Service = "192.0.2.80", ServerAddress = "10.30.0.2";
    public const int Clients = 8;

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-lb-").FullName;
    private readonly List<RunningCommand> _running = [];

    public LbLab()
    {
        Client = NetNamespace.Create();
        Spreader = NetNamespace.Create();
        Balancers = [NetNamespace.Create(), NetNamespace.Create()];
        Middle = NetNamespace.Create();
        Server = NetNamespace.Create();
        foreach (NetNamespace space in (NetNamespace[])[Spreader, .. Balancers])
        {
            space.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0", "net.ipv4.conf.all.send_redirects=0").Required();
        }

        Spreader.Run("sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1").Required();
        Client.AddVeth("c0", Spreader, "c1");
        for (int client = 0; client < Clients; client++)
        {
            Client.AddAddress("c0", $"198.51.100.{2 + client}/24");
        }

        Spreader.AddAddress("c1", "198.51.100.1/24");
        Client.Ip("route", "add", "default", "via", "198.51.100.1");
        for (int number = 1; number <= 2; number++)
        {
            Connect(number, Balancers[number - 1]);
        }

        Spreader.Ip("route", "add", Service + "/32", "nexthop", "via", "10.10.1.2", "nexthop", "via", "10.10.2.2");
        Server.AddVeth("s0", Middle, "srv");
        Server.AddAddress("s0", ServerAddress + "/24");
        Server.Ip("route", "add", "default", "via", "10.30.0.1");
    }

    public NetNamespace Client { get; }

    public NetNamespace Spreader { get; }

    public NetNamespace[] Balancers { get; }

    public NetNamespace Middle { get; }

    public NetNamespace Server { get; }

    private static MacAddress MacOf(int number) => MacAddress.Parse($"02:00:00:00:1b:0{number}");

    /// <summary>Starts the switch, both load balancers and the server.</summary>
    public SwitchHost Start(bool learning)
    {
        SwitchHost host = SwitchHost.Start(Plan(learning));
        Assert.True(Wait.Until(() => Server.Run("ping", "-c", "1", "-W", "1", "10.20.0.11").Succeeded && Server.Run("ping", "-c", "1", "-W", "1", "10.20.0.12").Succeeded, TimeSpan.FromSeconds(30)));
        RunningCommand server = Server.Start("/usr/bin/python3", "-u", "-c", WebServer);
        _running.Add(server);
        Assert.True(server.WaitForOutput("ready", TimeSpan.FromSeconds(30)), server.Error);
        for (int number = 1; number <= 2; number++)
        {
            string file = Path.Combine(_folder, $"haproxy{number}.cfg");
            File.WriteAllText(file, Configuration + "\n");
            _running.Add(Balancers[number - 1].Start("haproxy", "-db", "-f", file));
            NetNamespace balancer = Balancers[number - 1];
            Assert.True(Wait.Until(() => balancer.Run("ss", "-Hltn", "sport = :80").Output.Contains(Service, StringComparison.Ordinal), TimeSpan.FromSeconds(30)), _running[^1].Error);
        }

        return host;
    }

    /// <summary>Sends requests, all at a time, from all client addresses; gives the numbers of those that were answered with their own address, and of all others.</summary>
    public (int Succeeded, int Failed) Request(int count)
    {
        string said = Client.Run(TimeSpan.FromSeconds(150), "/usr/bin/python3", "-c", WebClient, Service, $"{count}", $"{Clients}").Required().Output;
        string[] numbers = said.Trim().Split(' ');
        return (int.Parse(numbers[0], System.Globalization.CultureInfo.InvariantCulture), int.Parse(numbers[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Addresses that the server saw.</summary>
    public IEnumerable<string> ServerLog => _running[0].Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != "ready").Distinct().Order();

    public void Dispose()
    {
        _running.ForEach(command => command.Dispose());
        foreach (NetNamespace space in (NetNamespace[])[Client, Spreader, .. Balancers, Middle, Server])
        {
            space.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Connect(int number, NetNamespace balancer)
    {
        Spreader.AddVeth($"l{number}", balancer, "e0");
        Spreader.AddAddress($"l{number}", $"10.10.{number}.1/24");
        balancer.AddAddress("e0", $"10.10.{number}.2/24");
        balancer.AddVeth("e1", Middle, $"lb{number}");
        balancer.SetMac("e1", MacOf(number).ToString());
        balancer.AddAddress("e1", $"10.20.0.1{number}/24");
        balancer.Ip("addr", "add", Service + "/32", "dev", "lo");
        balancer.Ip("link", "set", "lo", "up");
        balancer.Ip("route", "add", "default", "via", $"10.10.{number}.1");
        balancer.Ip("route", "add", "10.30.0.0/24", "via", "10.20.0.1");
        // Replies are addressed to clients; they are for the sockets that speak in the clients' names.
        balancer.Run("nft", "add table ip keep; add chain ip keep pre { type filter hook prerouting priority -150; }; add rule ip keep pre iifname \"e1\" tcp sport 8080 meta mark set 1").Required();
        balancer.Ip("rule", "add", "fwmark", "1", "lookup", "100");
        balancer.Ip("route", "add", "local", "0.0.0.0/0", "dev", "lo", "table", "100");
    }

    private SwitchPlan Plan(bool learning)
    {
        SwitchPlan plan = RouterPlans.Plan(Via("198.51.100.0/24", "10.20.0.11"));
        return plan with
        {
            PoolBuffers = 16_384,
            Ports = [Port("lb1", 10), Port("lb2", 10), Port("srv", 20)],
            Routers =
            [
                plan.Routers[0] with
                {
                    Interfaces =
                    [
                        plan.Routers[0].Interfaces[0] with { Addresses = [Net("10.20.0.1/24")] },
                        plan.Routers[0].Interfaces[1] with { Addresses = [Net("10.30.0.1/24")] },
                    ],
                },
            ],
            Lbs =
            [
                new LbPlan
                {
                    Name = "web",
                    Router = 0,
                    Front = 0,
                    Back = 1,
                    Servers = [Net("10.30.0.0/24")],
                    Members = [new LbMemberPlan("haproxy1", MacOf(1)), new LbMemberPlan("haproxy2", MacOf(2))],
                    Learning = learning,
                },
            ],
        };

        PortPlan Port(string name, ushort vlan) => new()
        {
            Name = name,
            Kind = PortKind.AfPacket,
            Role = PortRole.Access,
            Device = name,
            NetworkNamespace = Middle.Name,
            MtuBytes = 1500,
            VlanMode = VlanMode.Access,
            NativeVlan = vlan,
        };
    }

    private const string Configuration = """
        global
            maxconn 8000
        defaults
            mode http
            timeout connect 4s
            timeout client 60s
            timeout server 60s
            retries 0
            option http-server-close
        frontend web
            bind 192.0.2.80:80
            default_backend servers
        backend servers
            source 0.0.0.0 usesrc client
            server s1 10.30.0.2:8080
        """;

    private const string WebServer = """
        import asyncio, resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        async def serve(r, w):
            try:
                peer = w.get_extra_info('peername')[0]
                await r.readuntil(b'\r\n\r\n')
                print(peer, flush=True)
                w.write(('HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' % (len(peer), peer)).encode())
                await w.drain()
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            w.close()
        async def main():
            server = await asyncio.start_server(serve, '0.0.0.0', 8080, backlog=4096)
            print('ready', flush=True)
            await server.serve_forever()
        asyncio.run(main())
        """;

    private const string WebClient = """
        import asyncio, sys, resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        service, count, clients = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        async def ask(n):
            own = '198.51.100.%d' % (2 + n % clients)
            try:
                async with asyncio.timeout(100):
                    r, w = await asyncio.open_connection(service, 80, local_addr=(own, 0))
                    w.write(b'GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n')
                    answer = await r.read()
                    w.close()
                    return answer.startswith(b'HTTP/1.1 200') and answer.endswith(b'\r\n\r\n' + own.encode())
            except (OSError, TimeoutError):
                return False
        async def main():
            answers = await asyncio.gather(*(ask(n) for n in range(count)))
            print(sum(answers), count - sum(answers))
        asyncio.run(main())
        """;
}
