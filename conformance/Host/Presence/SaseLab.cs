using System.Text;
using Weft.Conformance.CliTests;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A point of presence of five <c>weft</c> processes and kernels around them:
/// <code>
/// sites a1..a8 (each 10.0.0.5) ── gateway 0 ──┐            ┌── node 0 ──┐
/// sites b1..b8 (each 10.1.0.5) ── gateway 1 ──┤ 10.99.0/24 ├── node 1 ──┤ 203.0.113/24 ── internet (.254)
///                                             └────────────┴── node 2 ──┘
/// </code>
/// Tenant t has VNI 1000 + t and leaves from 203.0.113.(10 + t). Tenant 2 must not browse, tenant 3 may send nothing but UDP.
/// </summary>
internal sealed class SaseLab : IDisposable
{
    public const int Tenants = 8, Gateways = 2, Nodes = 3;
    public const string Server = "203.0.113.254", Near = "10.0.0.5", Far = "10.1.0.5";
    public const string Python = "/usr/bin/python3";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-sase-").FullName;
    private readonly NetNamespace _fabric = NetNamespace.Create();
    private readonly NetNamespace[] _members = [.. Enumerable.Range(0, Gateways + Nodes).Select(_ => NetNamespace.Create())];
    private readonly RunningCommand?[] _processes = new RunningCommand?[Gateways + Nodes];
    private readonly List<RunningCommand> _others = [];
    private readonly int _bfdMilliseconds;
    private readonly EtcdMembers? _store;
    private readonly string _encapsulation;

    public SaseLab(int bfdMilliseconds, EtcdMembers? store = null, string encapsulation = "geneve")
    {
        (_bfdMilliseconds, _store, _encapsulation) = (bfdMilliseconds, store, encapsulation);
        try
        {
            foreach (string bridge in (string[])["bu", "bi"])
            {
                _fabric.Ip("link", "add", bridge, "type", "bridge", "forward_delay", "0");
                _fabric.Ip("link", "set", bridge, "up");
            }

            for (int member = 0; member < _members.Length; member++)
            {
                Plug(_members[member], "u0", $"u{member}", "bu", 1600);
            }

            for (int node = 0; node < Nodes; node++)
            {
                Plug(_members[Gateways + node], "i0", $"i{node}", "bi", 1500);
            }

            Plug(Internet, "i0", "inet", "bi", 1500);
            Internet.AddAddress("i0", Server + "/24");
            for (int tenant = 1; tenant <= Tenants; tenant++)
            {
                Sites[tenant] = Site(_members[0], tenant, Near, "10.0.0.1");
            }

            for (int tenant = 1; tenant <= Tenants; tenant++)
            {
                FarSites[tenant] = Site(_members[1], tenant, Far, "10.1.0.1");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NetNamespace Internet { get; } = NetNamespace.Create();

    /// <summary>By tenant, from 1.</summary>
    public NetNamespace[] Sites { get; } = new NetNamespace[Tenants + 1];

    /// <summary>By tenant, from 1.</summary>
    public NetNamespace[] FarSites { get; } = new NetNamespace[Tenants + 1];

    public static string PublicOf(int tenant) => $"203.0.113.{10 + tenant}";

    /// <summary>Starts everything and waits until every tenant reaches the Internet.</summary>
    public void Start()
    {
        _others.Add(Internet.Start(Python, "-u", "-c", SaseTraffic.Server, Server));
        _others.Add(Internet.Start(Python, "-m", "http.server", "80", "--bind", Server, "--directory", _folder));
        File.WriteAllText(Path.Combine(_folder, "hello"), "hello");
        for (int member = 0; member < _members.Length; member++)
        {
            Launch(member);
        }

        for (int tenant = 1; tenant <= Tenants; tenant++)
        {
            int who = tenant;
            Assert.True(Wait.Until(() => Ask(Sites[who]) is not null, Patience), $"tenant {tenant} does not reach the Internet: {Logs()}");
        }

        Assert.True(Wait.Until(() => Enumerable.Range(0, Nodes).All(node => Show(Gateways + node) is { } shown && shown.Bundles.Where(bundle => bundle.Role == "active").All(bundle => bundle.InSync)), Patience), $"no backups: {Logs()}");
    }

    /// <summary>Starts gateway 0 and node 0 alone, and waits until the first tenant reaches the Internet.</summary>
    public void StartPair()
    {
        _others.Add(Internet.Start(Python, "-u", "-c", SaseTraffic.Server, Server));
        Launch(0);
        Launch(Gateways);
        Assert.True(Wait.Until(() => Ask(Sites[1]) is not null, Patience), $"tenant 1 does not reach the Internet: {Logs()}");
    }

    /// <summary>Writes so many packets that a filter chooses on the way between gateway 0 and the others to a file, and ends.</summary>
    public RunningCommand Watch(string file, int packets, string filter) => _fabric.Start("tcpdump", "-i", "u0", "-U", "-n", "-c", $"{packets}", "-w", file, filter);

    /// <summary>Asks the server by UDP where the question came from.</summary>
    public static string? Ask(NetNamespace site) => AskAt(site, Server);

    /// <summary>Asks another one.</summary>
    public static string? AskAt(NetNamespace site, string server)
    {
        CommandResult answer = site.Run(TimeSpan.FromSeconds(20), Python, "-c", SaseTraffic.Ask, server);
        return answer.Succeeded ? answer.Output.Trim() : null;
    }

    /// <summary>What a member says of itself; null if it does not answer.</summary>
    public SaseSnapshot? Show(int member)
    {
        try
        {
            return ControlClient.ShowAsync(SocketOf(member), ShowTopic.Sase).GetAwaiter().GetResult().Sase;
        }
        catch (ControlException)
        {
            return null;
        }
    }

    public IReadOnlyList<DropSnapshot> DropsOf(int member) => ControlClient.ShowAsync(SocketOf(member), ShowTopic.Drops).GetAwaiter().GetResult().Drops;

    /// <summary>The node that owns a tenant's bundle, as gateway 0 sees it.</summary>
    public int OwnerOf(int tenant) => Show(0)!.Bundles.Single(bundle => bundle.Bundle == tenant % 4).Node;

    public int ProcessOf(int node) => _processes[Gateways + node]!.ProcessId;

    /// <summary>Ends a node's process at once.</summary>
    public void Kill(int node) => Command.Run("kill", "-9", $"{ProcessOf(node)}").Required();

    /// <summary>Cuts a node off on the underlay, or mends that; its carrier stays.</summary>
    public void Cut(int node, bool cut)
    {
        string device = $"u{Gateways + node}";
        _fabric.Ip(cut ? ["link", "set", device, "nomaster"] : ["link", "set", device, "master", "bu"]);
    }

    /// <summary>Hands a node's bundles over.</summary>
    public void Drain(int node)
    {
        Assert.False(WeftProgram.Run("drain", "10.99.0.99", "-s", SocketOf(Gateways + node)).Succeeded);
        WeftProgram.Run("drain", $"10.99.0.{11 + node}", "-s", SocketOf(Gateways + node)).Required();
    }

    /// <summary>Has the kernel send a datagram in the name of a node whose process is gone.</summary>
    public void SendAs(int node, string to, ushort port, byte[] payload)
    {
        NetNamespace space = _members[Gateways + node];
        if (!space.Run("ip", "-4", "addr", "show", "dev", "u0").Output.Contains("10.99.0.", StringComparison.Ordinal))
        {
            space.AddAddress("u0", $"10.99.0.{11 + node}/24");
        }

        space.Run(Python, "-c", SaseTraffic.Datagram, to, $"{port}", Convert.ToHexString(payload)).Required();
    }

    /// <summary>The namespace of a gateway that is somebody else's program, with the gateway's address.</summary>
    public NetNamespace TakePlaceOf(int gateway)
    {
        _members[gateway].AddAddress("u0", $"10.99.0.{1 + gateway}/24");
        return _members[gateway];
    }

    public void Launch(int member)
    {
        string file = Path.Combine(_folder, $"m{member}.yaml");
        File.WriteAllText(file, member < Gateways ? GatewayYaml(member) : NodeYaml(member - Gateways));
        _processes[member]?.Dispose();
        _processes[member] = WeftProgram.Start("run", file);
    }

    public string Logs() => string.Join('\n', _processes.Select((process, member) => $"member {member}: {process?.Error}{string.Join(' ', Show(member)?.Bundles.Select(bundle => $"{bundle.Bundle}={bundle.Epoch}/{bundle.Role}") ?? [])}"));

    public void Dispose()
    {
        foreach (RunningCommand running in _processes.OfType<RunningCommand>().Concat(_others))
        {
            running.Dispose();
        }

        foreach (NetNamespace? space in (NetNamespace?[])[_fabric, Internet, .. _members, .. Sites, .. FarSites])
        {
            space?.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    public string SocketOf(int member) => Path.Combine(_folder, $"m{member}.sock");

    private void Plug(NetNamespace space, string device, string port, string bridge, int mtu)
    {
        space.AddVeth(device, _fabric, port, mtu);
        _fabric.Ip("link", "set", port, "master", bridge);
    }

    private static NetNamespace Site(NetNamespace gateway, int tenant, string address, string router)
    {
        var site = NetNamespace.Create();
        site.AddVeth("s0", gateway, $"s{tenant}");
        site.AddAddress("s0", address + "/24");
        site.Ip("route", "add", "default", "via", router);
        return site;
    }

    private string GatewayYaml(int gateway)
    {
        StringBuilder yaml = Head(gateway);
        Each(tenant => yaml.AppendLine($"  - {{name: s{tenant}, type: af_packet, device: s{tenant}, networkNamespace: {_members[gateway].Name}, vlan: {{id: {100 + tenant}}}}}"));
        _ = yaml.AppendLine("segments:\n  - {name: underlay, vlan: 1}");
        Each(tenant => yaml.AppendLine($"  - {{name: site{tenant}, vlan: {100 + tenant}}}"));
        _ = yaml.AppendLine($"routers:\n  - {{name: pop, interfaces: [{{segment: underlay, addresses: [10.99.0.{1 + gateway}/24]}}]}}");
        Each(tenant => yaml.AppendLine($"  - {{name: t{tenant}, interfaces: [{{segment: site{tenant}, addresses: [10.{gateway}.0.1/24]}}]}}"));
        _ = Common(yaml, $"10.99.0.{1 + gateway}");
        Each(tenant => yaml.AppendLine($"      - {{name: t{tenant}, vni: {1000 + tenant}, bundle: {tenant % 4}, router: t{tenant}}}"));
        return yaml.ToString();
    }

    private string NodeYaml(int node)
    {
        StringBuilder yaml = Head(Gateways + node);
        _ = yaml.AppendLine($$"""
              - {name: i, type: af_packet, device: i0, networkNamespace: {{_members[Gateways + node].Name}}, vlan: {id: 2} }
            segments:
              - {name: underlay, vlan: 1}
              - {name: uplink, vlan: 2}
            routers:
              - name: pop
                interfaces:
                  - {segment: underlay, addresses: [10.99.0.{{11 + node}}/24]}
                  - {segment: uplink, addresses: [203.0.113.{{1 + node}}/24]}
            """);
        _ = Common(yaml, $"10.99.0.{11 + node}").Replace("    tenants:", "    uplink: uplink\n    tenants:");
        Each(tenant =>
        {
            string policy = tenant switch
            {
                2 => "[{name: no-web, action: deny, from: sites, protocol: tcp, ports: 80}, {name: rest, action: allow, from: sites}]",
                3 => "[{name: datagrams, action: allow, from: sites, protocol: udp}]",
                _ => "[{name: sites, action: allow, from: sites}]",
            };
            _ = yaml.AppendLine($$"""
                      - name: t{{tenant}}
                        vni: {{1000 + tenant}}
                        bundle: {{tenant % 4}}
                        routerAddress: 10.0.0.1
                        routes:
                          - {prefix: 0.0.0.0/0, to: uplink}
                          - {prefix: 10.0.0.0/16, to: gateway, gateway: 10.99.0.1}
                          - {prefix: 10.1.0.0/16, to: gateway, gateway: 10.99.0.2}
                        publicAddresses: [{{PublicOf(tenant)}}]
                        policy: {{policy}}
                """);
        });
        return yaml.ToString();
    }

    private StringBuilder Head(int member) => new StringBuilder().AppendLine($$"""
        schema: weft/1
        switch: {name: m{{member}}, controlSocket: "{{SocketOf(member)}}"}
        {{(_store is null || member < Gateways ? "" : $"cluster: {{etcd: {{endpoints: [{string.Join(", ", _store.Endpoints.Select(at => $"\"{at.GetLeftPart(UriPartial.Authority)}\""))}]}}}}")}}
        ports:
          - {name: u, type: af_packet, device: u0, networkNamespace: {{_members[member].Name}}, mtu: 1600, vlan: {id: 1} }
        """);

    private StringBuilder Common(StringBuilder yaml, string address) => yaml.AppendLine($"""
        sase:
          - name: pop
            router: pop
            address: {address}
            gateways: [10.99.0.1, 10.99.0.2]
            nodes: [10.99.0.11, 10.99.0.12, 10.99.0.13]
            mtu: 1600
            encapsulation: {_encapsulation}
            bundles: 4
            bfdMilliseconds: {_bfdMilliseconds}
            tenants:
        """);

    private static void Each(Action<int> write)
    {
        for (int tenant = 1; tenant <= Tenants; tenant++)
        {
            write(tenant);
        }
    }
}
