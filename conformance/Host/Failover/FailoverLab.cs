using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Two bridge nodes between an overlay and a VLAN:
/// <code>
///   host: kernel vxlan ──┐            ┌── node a ──┐
///      (10.1.0.1)        underlay ────┤            ├── Open vSwitch ── silent machine (10.1.0.2, VLAN 10)
///                        └────────────┴── node b ──┘
/// </code>
/// </summary>
internal sealed class FailoverLab : IDisposable
{
    public const string HostMac = "02:00:00:00:c1:01";
    public const string SilentMac = "02:00:00:00:c1:02";
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-fo-").FullName;
    private readonly List<RunningCommand> _daemons = [];
    private readonly int _bfdMilliseconds;
    private readonly RunningCommand?[] _nodes = new RunningCommand?[2];

    public FailoverLab(int bfdMilliseconds)
    {
        LiveRequirements.Need("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl", "kill", "bridge");
        Assert.SkipUnless(File.Exists(Schema), "needs Open vSwitch's schema");
        _bfdMilliseconds = bfdMilliseconds;
        Underlay = NetNamespace.Create();
        Vlan = NetNamespace.Create();
        Host = NetNamespace.Create();
        Silent = NetNamespace.Create();
        try
        {
            Underlay.Ip("link", "add", "ub0", "type", "bridge");
            Underlay.Ip("link", "set", "ub0", "up");
            for (int node = 0; node < 2; node++)
            {
                Nodes[node] = NetNamespace.Create();
                Nodes[node].AddVeth("up0", Underlay, $"un{node}");
                Underlay.Ip("link", "set", $"un{node}", "master", "ub0");
                Nodes[node].AddVeth("trunk0", Vlan, $"vn{node}");
            }

            Host.AddVeth("u0", Underlay, "uh0");
            Underlay.Ip("link", "set", "uh0", "master", "ub0");
            Host.AddAddress("u0", "192.0.2.10/24");
            Host.Ip("link", "add", "vx0", "address", HostMac, "mtu", "1400", "type", "vxlan", "id", "100", "local", "192.0.2.10", "dstport", "4789");
            Host.Ip("link", "set", "vx0", "up");
            Host.AddAddress("vx0", "10.1.0.1/24");
            foreach (string node in new[] { "192.0.2.1", "192.0.2.2" })
            {
                Host.Run("bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "vx0", "dst", node).Required();
            }

            Silent.AddVeth("s0", Vlan, "vs0", 1400);
            Silent.SetMac("s0", SilentMac);
            Silent.AddAddress("s0", "10.1.0.2/24");
            // Nobody asks, so nobody answers: what moves the tables is the announcements alone.
            Host.Ip("neigh", "add", "10.1.0.2", "lladdr", SilentMac, "dev", "vx0", "nud", "permanent");
            Silent.Ip("neigh", "add", "10.1.0.1", "lladdr", HostMac, "dev", "s0", "nud", "permanent");
            StartSwitch();
            File.WriteAllText(Path.Combine(_folder, "secret"), "a secret of the pair, long enough");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NetNamespace Underlay { get; }

    public NetNamespace Vlan { get; }

    public NetNamespace Host { get; }

    public NetNamespace Silent { get; }

    public NetNamespace[] Nodes { get; } = new NetNamespace[2];

    /// <summary>Starts a node and waits until it answers.</summary>
    public void Start(int node)
    {
        string configuration = Path.Combine(_folder, $"node{node}.yaml");
        File.WriteAllText(configuration, $$$"""
            schema: weft/1
            switch: {name: node{{{node}}}, controlSocket: "{{{Socket(node)}}}"}
            ports:
              - {name: trunk, type: af_packet, device: trunk0, networkNamespace: {{{Nodes[node].Name}}}, vlan: {mode: trunk, allowed: [10]}}
              - {name: up, type: af_packet, device: up0, networkNamespace: {{{Nodes[node].Name}}}, role: underlay}
            vteps:
              - {name: here, port: up, address: 192.0.2.{{{node + 1}}}/24}
            segments:
              - {name: blue, vlan: 10, vni: 100, vtep: here, peers: [192.0.2.10, 192.0.2.{{{2 - node}}}]}
            bridges:
              - {name: pair, id: 7, node: {{{node + 1}}}, priority: {{{200 - node}}}, port: trunk, segments: [blue], vtep: here, peer: 192.0.2.{{{2 - node}}},
                 keyFile: secret, pathVlan: 10, bfdIntervalMilliseconds: {{{_bfdMilliseconds}}}, initHoldMilliseconds: 1000}
            """);
        _nodes[node]?.Dispose();
        _nodes[node] = Command.Start("dotnet", Path.Combine(AppContext.BaseDirectory, "weft.dll"), "run", configuration);
        Assert.True(Wait.Until(() => Show(node).Succeeded, TimeSpan.FromSeconds(20), () => _nodes[node]!.HasExited), _nodes[node]!.Output + _nodes[node]!.Error);
    }

    /// <summary>Waits until a node has a role.</summary>
    public void Await(int node, string role)
    {
        string shown = "";
        bool has = Wait.Until(() => (shown = Show(node).Output).Contains($"\"Role\": \"{role}\"", StringComparison.OrdinalIgnoreCase), TimeSpan.FromSeconds(15));
        Assert.True(has, $"node {node} is not {role}: {shown} {_nodes[node]?.Error}");
    }

    public CommandResult Show(int node) => Weft("show", "bridge", "--json", "--socket", Socket(node));

    public CommandResult Weft(params string[] arguments) => Command.Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "weft.dll"), .. arguments]);

    public string Socket(int node) => Path.Combine(_folder, $"node{node}.sock");

    public void Signal(int node, string signal) => Command.Run("kill", $"-{signal}", $"{_nodes[node]!.ProcessId}").Required();

    /// <summary>Where the physical switch sends frames for an address.</summary>
    public string SwitchTable() => OvsAppctl("fdb/show", "phys");

    public string HostTable() => Host.Run("bridge", "fdb", "show", "dev", "vx0").Required().Output;

    public void Dispose()
    {
        foreach (RunningCommand? node in _nodes)
        {
            node?.Dispose();
        }

        if (_daemons.Count == 2)
        {
            // A bridge that is not deleted leaves devices behind.
            Ovs("del-br", "phys");
        }

        _daemons.AsEnumerable().Reverse().ToList().ForEach(daemon => daemon.Dispose());
        foreach (NetNamespace? space in new[] { Underlay, Vlan, Host, Silent, Nodes[0], Nodes[1] })
        {
            space?.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void StartSwitch()
    {
        string database = Path.Combine(_folder, "conf.db");
        Command.Run("ovsdb-tool", "create", database, Schema).Required();
        _daemons.Add(Command.Start("ovsdb-server", database, $"--remote=punix:{_folder}/db.sock", $"--unixctl={_folder}/db.ctl"));
        Assert.True(Wait.Until(() => File.Exists($"{_folder}/db.sock"), TimeSpan.FromSeconds(10)), _daemons[0].Error);
        _daemons.Add(Vlan.Start("ovs-vswitchd", $"unix:{_folder}/db.sock", $"--unixctl={_folder}/vs.ctl"));
        Ovs(
            "--no-wait", "init", "--", "add-br", "phys", "--", "set", "bridge", "phys", "datapath_type=netdev", "fail_mode=standalone",
            "--", "add-port", "phys", "vn0", "trunks=10", "--", "add-port", "phys", "vn1", "trunks=10", "--", "add-port", "phys", "vs0", "tag=10");
        Assert.True(Wait.Until(() => OvsAppctl("fdb/show", "phys").Contains("MAC", StringComparison.Ordinal), TimeSpan.FromSeconds(10)), _daemons[1].Error);
    }

    private void Ovs(params string[] arguments) => Command.Run("ovs-vsctl", [$"--db=unix:{_folder}/db.sock", "--timeout=10", .. arguments]);

    private string OvsAppctl(params string[] arguments) => Command.Run("ovs-appctl", ["-t", $"{_folder}/vs.ctl", .. arguments]).Output;
}
