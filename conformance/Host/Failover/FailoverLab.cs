using Weft.Conformance.Support;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Two bridge nodes between an overlay and a VLAN:
/// <code>
///   host: kernel vxlan ──┐            ┌── node a ──┐
///      (10.1.0.1)        underlay ────┤            ├── Open vSwitch ── silent machine (10.1.0.2, VLAN 10)
///   host: weft ──────────┴────────────┴── node b ──┘
///      (10.1.0.3 behind it; if wanted)
/// </code>
/// The underlay is a bridge of its own, so that a node can be cut off without losing its carrier.
/// </summary>
internal sealed class FailoverLab : IDisposable
{
    public const string HostMac = "02:00:00:00:c1:01";
    public const string SilentMac = "02:00:00:00:c1:02";

    /// <summary>Number of the host that is a switch of ours, where the nodes are 0 and 1.</summary>
    public const int WeftHost = 2;

    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<RunningCommand> _daemons = [];
    private readonly int _bfdMilliseconds;
    private readonly string _moreKeys;
    private readonly RunningCommand?[] _nodes = new RunningCommand?[3];
    private readonly bool _hasWeftHost;
    private readonly Func<int, Uri>? _store;

    /// <param name="bfdMilliseconds">Interval of the nodes' BFD.</param>
    /// <param name="vlanTag">How the physical switch treats the nodes' ports.</param>
    /// <param name="moreKeys">Keys of the bridge beside the necessary ones.</param>
    /// <param name="hasWeftHost">Whether a third process is a host of the overlay, which does as nodes that take over ask.</param>
    /// <param name="store">Where each node reaches the store of a cluster, in which it finds the other one; null without a cluster.</param>
    public FailoverLab(int bfdMilliseconds, string vlanTag = "trunks=10", string moreKeys = "", bool hasWeftHost = false, Func<int, Uri>? store = null)
    {
        _store = store;
        LiveRequirements.Need("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl", "kill", "bridge");
        Assert.SkipUnless(File.Exists(Schema), "needs Open vSwitch's schema");
        (_bfdMilliseconds, _moreKeys, _hasWeftHost) = (bfdMilliseconds, moreKeys + (hasWeftHost ? ", hostFlush: repoint, hostKeyFile: host-secret" : ""), hasWeftHost);
        Underlay = NetNamespace.Create();
        Vlan = NetNamespace.Create();
        Host = NetNamespace.Create();
        Silent = NetNamespace.Create();
        try
        {
            Underlay.Ip("link", "add", "ub0", "type", "bridge", "forward_delay", "0");
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
            AddTunnel(Host, HostMac, "192.0.2.10", "192.0.2.1", "192.0.2.2");
            Host.AddAddress("vx0", "10.1.0.1/24");
            Silent.AddVeth("s0", Vlan, "vs0", 1400);
            Silent.SetMac("s0", SilentMac);
            Silent.AddAddress("s0", "10.1.0.2/24");
            // Nobody asks, so nobody answers: what moves the tables is the announcements alone.
            Host.Ip("neigh", "add", "10.1.0.2", "lladdr", SilentMac, "dev", "vx0", "nud", "permanent");
            Silent.Ip("neigh", "add", "10.1.0.1", "lladdr", HostMac, "dev", "s0", "nud", "permanent");
            StartSwitch(vlanTag);
            File.WriteAllText(Path.Combine(Folder, "secret"), "a secret of the pair, long enough");
            File.WriteAllText(Path.Combine(Folder, "host-secret"), "a secret of nodes and hosts");
            if (hasWeftHost)
            {
                StartWeftHost();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("weft-fo-").FullName;

    public NetNamespace Underlay { get; }

    public NetNamespace Vlan { get; }

    public NetNamespace Host { get; }

    public NetNamespace Silent { get; }

    public NetNamespace[] Nodes { get; } = new NetNamespace[2];

    /// <summary>Where the overlay's other host is a switch of ours, if it is wanted: its machine.</summary>
    public NetNamespace? WeftMachine { get; private set; }

    private NetNamespace? WeftSpace { get; set; }

    /// <summary>A kernel VXLAN device, VNI 100, with remote endpoints for what is flooded.</summary>
    public static void AddTunnel(NetNamespace space, string mac, string local, params string[] remotes)
    {
        space.Ip("link", "add", "vx0", "address", mac, "mtu", "1400", "type", "vxlan", "id", "100", "local", local, "dstport", "4789");
        space.Ip("link", "set", "vx0", "up");
        foreach (string remote in remotes)
        {
            space.Run("bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "vx0", "dst", remote).Required();
        }
    }

    /// <summary>Starts a node and waits until it answers.</summary>
    public void Start(int node)
    {
        string configuration = Path.Combine(Folder, $"node{node}.yaml");
        File.WriteAllText(configuration, $$$"""
            schema: weft/1
            switch: {name: node{{{node}}}, controlSocket: "{{{Socket(node)}}}"}
            {{{(_store is null ? "" : $"cluster: {{leaseSeconds: 5, etcd: {{endpoints: [\"{_store(node).GetLeftPart(UriPartial.Authority)}\"]}}}}")}}}
            ports:
              - {name: trunk, type: af_packet, device: trunk0, networkNamespace: {{{Nodes[node].Name}}}, vlan: {mode: trunk, allowed: [10]}}
              - {name: up, type: af_packet, device: up0, networkNamespace: {{{Nodes[node].Name}}}, role: underlay}
            vteps:
              - {name: here, port: up, address: 192.0.2.{{{node + 1}}}/24}
            segments:
              - {name: blue, vlan: 10, vni: 100, vtep: here, peers: [192.0.2.10{{{(_hasWeftHost ? ", 192.0.2.11" : "")}}}{{{(_store is null ? $", 192.0.2.{2 - node}" : "")}}}]}
            bridges:
              - {name: pair, id: 7, node: {{{node + 1}}}, priority: {{{200 - node}}}, port: trunk, segments: [blue], vtep: here, {{{(_store is null ? $"peer: 192.0.2.{2 - node}, " : "")}}}
                 keyFile: secret, pathVlan: 10, bfdIntervalMilliseconds: {{{_bfdMilliseconds}}}, initHoldMilliseconds: 1000{{{_moreKeys}}}}
            """);
        Run(node, configuration);
    }

    /// <summary>What the host that is a switch of ours knows.</summary>
    public SwitchSnapshot ShowHost(ShowTopic topic) => ControlClient.ShowAsync(Socket(WeftHost), topic).GetAwaiter().GetResult();

    /// <summary>Where the host that is a switch of ours sends frames for an address; empty if to all.</summary>
    public string WeftEntryOf(string mac) => ShowHost(ShowTopic.Fdb).Fdb.FirstOrDefault(entry => entry.Mac.ToString() == mac)?.Peer?.ToString() ?? "";

    /// <summary>Waits until one node forwards and the other stands by with the same table.</summary>
    /// <returns>The node that forwards.</returns>
    public int AwaitPair()
    {
        int active = -1;
        bool isSettled = Wait.Until(
            () =>
            {
                BridgeSnapshot?[] shown = [Show(0), Show(1)];
                active = Array.FindIndex(shown, node => node is { Role: "active" });
                return active >= 0 && shown[1 - active] is { Role: "standby", InSync: true, OverlayPath: "up", VlanPath: "up" };
            },
            Patience);
        Assert.True(isSettled, Story());
        return active;
    }

    /// <summary>Waits until a node has a role.</summary>
    public void Await(int node, string role) => Assert.True(Wait.Until(() => Show(node)?.Role == role, Patience), $"node {node} is not {role}: {Story()}");

    /// <summary>A node's picture of itself; null if it does not answer.</summary>
    public BridgeSnapshot? Show(int node)
    {
        try
        {
            return ControlClient.ShowAsync(Socket(node), ShowTopic.Bridge).GetAwaiter().GetResult().Bridges.SingleOrDefault();
        }
        catch (ControlException)
        {
            return null;
        }
    }

    /// <summary>Addresses that a node knows behind tunnels other than that of the other node, and machines in its list of the VLANs.</summary>
    public (int Tunnelled, int Machines) Known(int node)
    {
        SwitchSnapshot shown = ControlClient.ShowAsync(Socket(node), ShowTopic.Fdb).GetAwaiter().GetResult();
        return (shown.Fdb.Count(entry => entry.Peer?.ToString() == "192.0.2.10"), shown.Bridges.Single().Machines);
    }

    /// <summary>Everything that both nodes have told: what one wants to read when a test fails.</summary>
    public string Story()
    {
        var told = new List<(DateTimeOffset? At, string Line)>();
        for (int node = 0; node < 2; node++)
        {
            try
            {
                foreach (SwitchEvent happened in ControlClient.EventsAsync(Socket(node)).GetAwaiter().GetResult().Events)
                {
                    told.Add((happened.Time, $"{happened.Time:HH:mm:ss.fff} node {node} {happened.Name} {string.Join(' ', happened.Fields.Values)}"));
                }
            }
            catch (ControlException)
            {
                told.Add((DateTimeOffset.MaxValue, $"node {node} does not answer: {_nodes[node]?.Error}"));
            }
        }

        return string.Join('\n', told.OrderBy(line => line.At).Select(line => line.Line));
    }

    /// <summary>Times that a node stopped because its process had not run, or had heard nobody, for too long, as far as they tell.</summary>
    public int Fences() => Story().Split('\n').Count(line => line.Contains(" fenced woke-up", StringComparison.Ordinal) || line.Contains(" fenced cut-off", StringComparison.Ordinal));

    /// <summary>Undoes everything that was done to nodes and cables.</summary>
    public void Repair()
    {
        SetIsolated(false);
        for (int node = 0; node < 2; node++)
        {
            SetUnderlayPath(node, connected: true);
            SetVlanPath(node, connected: true);
            SetUnderlayCarrier(node, up: true);
            SetVlanCarrier(node, up: true);
            if (_nodes[node] is null or { HasExited: true })
            {
                Start(node);
            }
            else
            {
                Signal(node, "CONT");
            }
        }
    }

    /// <summary>Asks a node to give its role away or to take it, as an operator does.</summary>
    public CommandResult Move(string verb, int node) =>
        Command.Run("dotnet", Path.Combine(AppContext.BaseDirectory, "weft.dll"), "bridge", verb, "--socket", Socket(node));

    public string Socket(int node) => Path.Combine(Folder, $"node{node}.sock");

    public void Signal(int node, string signal) => Command.Run("kill", $"-{signal}", $"{_nodes[node]!.ProcessId}").Required();

    /// <summary>Pulls or plugs the cable between a node and the underlay: it loses its carrier.</summary>
    public void SetUnderlayCarrier(int node, bool up) => Underlay.Ip("link", "set", $"un{node}", up ? "up" : "down");

    /// <summary>Pulls or plugs the cable between a node and the physical switch.</summary>
    public void SetVlanCarrier(int node, bool up) => Vlan.Ip("link", "set", $"vn{node}", up ? "up" : "down");

    /// <summary>Cuts a node off from the underlay, or connects it again, while its carrier stays.</summary>
    public void SetUnderlayPath(int node, bool connected) =>
        Underlay.Ip(connected ? ["link", "set", $"un{node}", "master", "ub0"] : ["link", "set", $"un{node}", "nomaster"]);

    /// <summary>Cuts a node off from the VLAN, or connects it again, while its carrier stays.</summary>
    public void SetVlanPath(int node, bool connected) => Ovs("set", "port", $"vn{node}", connected ? "trunks=10" : "trunks=999");

    /// <summary>Has the nodes no longer hear each other on the underlay, while hosts hear both.</summary>
    public void SetIsolated(bool isolated)
    {
        for (int node = 0; node < 2; node++)
        {
            Underlay.Run("bridge", "link", "set", "dev", $"un{node}", "isolated", isolated ? "on" : "off").Required();
        }
    }

    /// <summary>Where the physical switch sends frames for an address.</summary>
    public string SwitchTable() => OvsAppctl("fdb/show", "phys");

    /// <summary>The physical switch's port towards a machine: 1 and 2 are the nodes.</summary>
    public string SwitchPortOf(string mac) => Line(SwitchTable(), mac).Trim().Split(' ')[0];

    /// <summary>Where the kernel of the overlay's host sends frames for an address: the entry in words.</summary>
    public string HostEntryOf(string mac) => Host.Run("bridge", "fdb", "get", mac, "dev", "vx0", "self").Output;

    private static string Line(string table, string mac) =>
        table.Split('\n').FirstOrDefault(line => line.Contains(mac, StringComparison.OrdinalIgnoreCase)) ?? $"nothing of {mac} in:\n{table}";

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
        foreach (NetNamespace? space in new[] { Underlay, Vlan, Host, Silent, Nodes[0], Nodes[1], WeftSpace, WeftMachine })
        {
            space?.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private void StartWeftHost()
    {
        (WeftSpace, WeftMachine) = (NetNamespace.Create(), NetNamespace.Create());
        WeftSpace.AddVeth("u0", Underlay, "uw0");
        Underlay.Ip("link", "set", "uw0", "master", "ub0");
        WeftMachine.AddVeth("m0", WeftSpace, "e0", 1400);
        WeftMachine.AddAddress("m0", "10.1.0.3/24");
        WeftMachine.Ip("neigh", "add", "10.1.0.2", "lladdr", SilentMac, "dev", "m0", "nud", "permanent");
        string configuration = Path.Combine(Folder, "host.yaml");
        File.WriteAllText(configuration, $$$"""
            schema: weft/1
            switch: {name: host, controlSocket: "{{{Socket(WeftHost)}}}"}
            ports:
              - {name: machine, type: af_packet, device: e0, networkNamespace: {{{WeftSpace.Name}}}, vlan: {mode: access, id: 10}}
              - {name: up, type: af_packet, device: u0, networkNamespace: {{{WeftSpace.Name}}}, role: underlay}
            vteps:
              - {name: here, port: up, address: 192.0.2.11/24}
            segments:
              - {name: blue, vlan: 10, vni: 100, vtep: here, peers: [192.0.2.1, 192.0.2.2]}
            bridgePairs:
              - {id: 7, vtep: here, nodes: [192.0.2.1, 192.0.2.2], keyFile: host-secret}
            """);
        Run(WeftHost, configuration);
    }

    private void Run(int at, string configuration)
    {
        _nodes[at]?.Dispose();
        _nodes[at] = Command.Start("dotnet", Path.Combine(AppContext.BaseDirectory, "weft.dll"), "run", configuration);
        Assert.True(Wait.Until(() => Answers(at), Patience, () => _nodes[at]!.HasExited), _nodes[at]!.Output + _nodes[at]!.Error);
    }

    private bool Answers(int at)
    {
        try
        {
            _ = ControlClient.ShowAsync(Socket(at), ShowTopic.Bridge).GetAwaiter().GetResult();
            return true;
        }
        catch (ControlException)
        {
            return false;
        }
    }

    private void StartSwitch(string vlanTag)
    {
        string database = Path.Combine(Folder, "conf.db");
        Command.Run("ovsdb-tool", "create", database, Schema).Required();
        _daemons.Add(Command.Start("ovsdb-server", database, $"--remote=punix:{Folder}/db.sock", $"--unixctl={Folder}/db.ctl"));
        Assert.True(Wait.Until(() => File.Exists($"{Folder}/db.sock"), Patience), _daemons[0].Error);
        _daemons.Add(Vlan.Start("ovs-vswitchd", $"unix:{Folder}/db.sock", $"--unixctl={Folder}/vs.ctl"));
        Ovs(
            "--no-wait", "init", "--", "add-br", "phys", "--", "set", "bridge", "phys", "datapath_type=netdev", "fail_mode=standalone", "other-config:mac-table-size=16384",
            "--", "add-port", "phys", "vn0", vlanTag, "--", "add-port", "phys", "vn1", vlanTag, "--", "add-port", "phys", "vs0", "tag=10");
        Assert.True(Wait.Until(() => OvsAppctl("fdb/show", "phys").Contains("MAC", StringComparison.Ordinal), Patience), _daemons[1].Error);
    }

    private void Ovs(params string[] arguments) => Command.Run("ovs-vsctl", [$"--db=unix:{Folder}/db.sock", "--timeout=10", .. arguments]);

    private string OvsAppctl(params string[] arguments) => Command.Run("ovs-appctl", ["-t", $"{Folder}/vs.ctl", .. arguments]).Output;
}
