using System.Text.Json;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>Switches that share three members of etcd: they find each other, lease ports of one address, and live through the loss of the store.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ClusterLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public void Hosts_find_each_other_share_an_address_and_outlive_their_store()
    {
        LiveRequirements.Need("etcd", "etcdctl", "ping", "python3", "ethtool", "bridge");
        using var members = new EtcdMembers(3);
        using var fabric = NetNamespace.Create();
        fabric.Ip("link", "add", "name", "br0", "type", "bridge");
        fabric.Ip("link", "set", "dev", "br0", "up");
        using var one = new ClusterHost(1, fabric, members);
        using var two = new ClusterHost(2, fabric, members);

        // Nobody was told who the other is.
        Assert.True(Wait.Until(() => one.Endpoints().Length == 2 && two.Endpoints().Length == 2, Patience), one.Error + two.Error);
        Assert.True(Wait.Until(() => one.Ping("10.50.0.2"), Patience), one.Error);
        using (var three = new ClusterHost(3, fabric, members))
        {
            Assert.True(Wait.Until(() => one.Endpoints().Length == 3, Patience));
            Assert.True(Wait.Until(() => one.Ping("10.50.0.3"), Patience));
        }

        // It was killed: when its lease is over, so is its place.
        Assert.True(Wait.Until(() => one.Endpoints().Length == 2 && two.Endpoints().Length == 2, Patience));

        // One address, and no port of it at two hosts.
        Assert.True(Wait.Until(() => one.Blocks().Length > 0 && two.Blocks().Length > 0, Patience));
        Assert.Empty(one.Blocks().Intersect(two.Blocks()));
        int port = one.TranslatedPort();
        Assert.Contains(one.Blocks(), block => block <= port && port < block + ClusterHost.BlockPorts);
        Assert.DoesNotContain(two.Blocks(), block => block <= port && port < block + ClusterHost.BlockPorts);

        // A leader less is no event for packets.
        members.Kill(members.Leader());
        Assert.True(one.Ping("10.50.0.2"));
        Assert.True(Wait.Until(() => one.Cluster().GetProperty("leaseSeconds").GetDouble() > ClusterHost.LeaseSeconds * 0.6, Patience));
        port = one.TranslatedPort();
        Assert.Contains(one.Blocks(), block => block <= port && port < block + ClusterHost.BlockPorts);

        // Without a majority, what was leased ends by itself, and what was configured or learned goes on.
        int left = Enumerable.Range(0, 3).First(member => members.Control(member, "endpoint", "health").Succeeded);
        members.Signal(left, "STOP");
        Assert.True(Wait.Until(() => one.Blocks().Length == 0 && two.Blocks().Length == 0, Patience));
        Assert.True(one.Ping("10.50.0.2"));
        members.Signal(left, "CONT");
        Assert.True(Wait.Until(() => one.Blocks().Length > 0 && two.Blocks().Length > 0, Patience), one.Error);
        Assert.Empty(one.Blocks().Intersect(two.Blocks()));
    }

    /// <summary>A switch, a machine on the overlay, and a machine behind NAT with the world on the other side.</summary>
    private sealed class ClusterHost : IDisposable
    {
        public const int BlockPorts = 256, LeaseSeconds = 5;

        private readonly string _folder = Directory.CreateTempSubdirectory("weft-cluster-").FullName;
        private readonly NetNamespace _space = NetNamespace.Create();
        private readonly NetNamespace _machine = NetNamespace.Create();
        private readonly NetNamespace _world = NetNamespace.Create();
        private readonly RunningCommand _process;

        public ClusterHost(int number, NetNamespace fabric, EtcdMembers members)
        {
            _space.AddVeth("under", fabric, $"u{number}", mtu: 1600);
            fabric.Ip("link", "set", "dev", $"u{number}", "master", "br0");
            _space.AddVeth("over", _machine, "eth0");
            _space.AddVeth("in", _machine, "eth1");
            _space.AddVeth("out", _world, "eth0");
            foreach (string device in new[] { "eth0", "eth1" })
            {
                _machine.Run("ethtool", "-K", device, "tx", "off");
            }

            _machine.AddAddress("eth0", $"10.50.0.{number}/24");
            _machine.AddAddress("eth1", "10.60.0.2/24");
            _machine.Ip("route", "add", "198.51.100.0/24", "via", "10.60.0.1");
            _world.AddAddress("eth0", "10.9.0.1/24");
            _world.Ip("addr", "add", "198.51.100.1/32", "dev", "lo");
            string configuration = Path.Combine(_folder, "switch.yaml");
            string Port(string name, string rest) => $"{{name: {name}, type: af_packet, device: {name}, networkNamespace: {_space.Name}, {rest}}}";
            File.WriteAllText(configuration, $$$"""
                schema: weft/1
                switch: {name: host{{{number}}}, controlSocket: "{{{Socket}}}"}
                cluster:
                  leaseSeconds: {{{LeaseSeconds}}}
                  etcd: {endpoints: [{{{string.Join(", ", members.Endpoints.Select(member => $"\"{member.GetLeftPart(UriPartial.Authority)}\""))}}}]}
                ports:
                  - {{{Port("under", "role: underlay, mtu: 1600")}}}
                  - {{{Port("over", "vlan: {id: 10}")}}}
                  - {{{Port("in", "vlan: {id: 20}")}}}
                  - {{{Port("out", "vlan: {id: 30}")}}}
                vteps: [{name: t, port: under, address: 172.16.0.{{{number}}}/24}]
                segments:
                  - {name: overlay, vlan: 10, vni: 5000, vtep: t, discover: true}
                  - {name: inside, vlan: 20}
                  - {name: outside, vlan: 30}
                routers:
                  - name: edge
                    interfaces: [{segment: inside, addresses: [10.60.0.1/24]}, {segment: outside, addresses: [10.9.0.2/24]}]
                    routes: [{prefix: 0.0.0.0/0, via: 10.9.0.1}]
                nat:
                  - {name: shared, router: edge, outside: outside, shared: {addresses: [192.0.2.1], blockPorts: {{{BlockPorts}}}, sparePorts: 100, maxBlocks: 4, quarantineSeconds: 0} }
                """);
            _process = Command.Start("dotnet", Executable, "run", configuration);
            bool answers = Wait.Until(() => Weft("show", "ports").Succeeded, Patience, () => _process.HasExited);
            Assert.True(answers, _process.Output + _process.Error);
        }

        public string Error => _process.Error + Weft("show", "cluster").Output;

        private string Socket => Path.Combine(_folder, "weft.sock");

        private static string Executable => Path.Combine(AppContext.BaseDirectory, "weft.dll");

        public JsonElement Cluster() => Show("cluster").GetProperty("cluster");

        public string[] Endpoints() => [.. Cluster().GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetProperty("host").GetString()!)];

        /// <summary>The first ports of the blocks that the NAT has.</summary>
        public int[] Blocks() => [.. Show("nat").GetProperty("nats")[0].GetProperty("blocks").EnumerateArray().Select(block => block.GetProperty("first").GetInt32())];

        public bool Ping(string address) => _machine.Run("ping", "-c1", "-W2", address).Succeeded;

        /// <summary>The port that the world sees when the machine sends.</summary>
        public int TranslatedPort()
        {
            const string listen = "import socket,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('198.51.100.1',7))\nprint('ready',flush=True)\nd,a=s.recvfrom(99)\nprint('from',a[0],a[1],flush=True)\n";
            const string send = "import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\nfor i in range(200):\n s.sendto(b'x',('198.51.100.1',7))\n time.sleep(0.1)\n";
            using RunningCommand listener = _world.Start("python3", "-c", listen);
            Assert.True(listener.WaitForOutput("ready", Patience), listener.Error);
            using RunningCommand sender = _machine.Start("python3", "-c", send);
            Assert.True(listener.WaitForOutput("from", Patience), Weft("show", "drops").Output);
            string[] words = listener.WaitForExit(Patience).Output.Trim().Split(' ');
            Assert.Equal("192.0.2.1", words[^2]);
            return int.Parse(words[^1], System.Globalization.CultureInfo.InvariantCulture);
        }

        public void Dispose()
        {
            _process.Dispose();
            _space.Dispose();
            _machine.Dispose();
            _world.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        private JsonElement Show(string what) => JsonDocument.Parse(Weft("show", what, "--json").Required().Output).RootElement;

        private CommandResult Weft(params string[] arguments) => Command.Run(Patience, "dotnet", [Executable, .. arguments, "--socket", Socket]);
    }
}
