using System.Globalization;
using Weft.Host.Config;

namespace Weft.Simulation.Hosts;

/// <summary>
/// The configurations of a deployment: three hosts of machines (0 to 2), two bridge nodes (3, 4), the gateway (5) and the service nodes (6, 7) of a point of presence,
/// and a router between load balancers and servers (8).
/// </summary>
internal static class Layout
{
    public const int Computes = 3, BridgeA = 3, BridgeB = 4, Gateway = 5, NodeA = 6, NodeB = 7, ReturnPath = 8, Hosts = 9;

    /// <summary>Seconds that a lease lasts, and that ports rest which were somebody's.</summary>
    public const int LeaseSeconds = 3, QuarantineSeconds = 4;

    private static readonly Lazy<SwitchPlan[]> All = new(() => [.. Enumerable.Range(0, Hosts).Select(Read)]);

    public static IReadOnlyList<SwitchPlan> Plans => All.Value;

    private static SwitchPlan Read(int host)
    {
        string text = host switch
        {
            < Computes => Compute(host + 1),
            BridgeA or BridgeB => Bridge(host - BridgeA + 1),
            Gateway => GatewayText,
            NodeA or NodeB => Node(host - NodeA + 1),
            _ => ReturnPathText,
        };
        ConfigurationResult result = ConfigurationFile.ReadText(text, $"host{host}.yaml");
        SwitchPlan plan = result.Plan ?? throw new InvalidOperationException(string.Join('\n', result.Problems));
        return plan with
        {
            ControlSocket = null,
            // Small tables: most of a schedule's time would go into making them.
            PoolBuffers = 256,
            Ports = [.. plan.Ports.Select(port => port with { Multicast = port.Multicast with { MaxGroups = 32, MaxSources = 32 } })],
            Cluster = plan.Cluster is null ? null : plan.Cluster with { Lease = TimeSpan.FromSeconds(LeaseSeconds) },
            Nats = [.. plan.Nats.Select(nat => nat with { Shared = nat.Shared! with { Quarantine = TimeSpan.FromSeconds(QuarantineSeconds) } })],
            Segments = [.. plan.Segments.Select(segment => segment with { MaxMacs = 256 })],
        };
    }

    private static string Compute(int i)
    {
        string others = string.Join(", ", Enumerable.Range(1, Computes).Where(other => other != i).Select(other => $"192.0.2.1{other}"));
        return string.Create(CultureInfo.InvariantCulture, $$"""
            schema: weft/1
            switch: {name: c{{i}}}
            cluster: {file: store.db}
            ports:
              - {name: up, type: tap, device: up, role: underlay, mtu: 1600}
              - {name: red, type: tap, device: red, vlan: {mode: access, id: 10} }
              - {name: blue, type: tap, device: blue, vlan: {mode: access, id: 20} }
              - {name: vm, type: tap, device: vm, vlan: {mode: access, id: 30} }
              - {name: peer, type: tap, device: peer, vlan: {mode: access, id: 30} }
              - {name: lan, type: tap, device: lan, vlan: {mode: access, id: 40} }
              - {name: out, type: tap, device: out, vlan: {mode: access, id: 50} }
            vteps:
              - {name: t, port: up, address: 192.0.2.1{{i}}/24}
            segments:
              - {name: red, vlan: 10, vni: 100, vtep: t, peers: [{{others}}, 192.0.2.21, 192.0.2.22], multicast: {snooping: true, querier: {ipv4: 10.1.0.1} } }
              - {name: blue, vlan: 20, vni: 200, vtep: t, discover: true}
              - {name: machines, vlan: 30, vni: 300, vtep: t, peers: [{{others}}]}
              - {name: lan, vlan: 40}
              - {name: out, vlan: 50}
            multicast: {flows: 64, actionBlocks: 256}
            routers:
              - name: edge
                interfaces:
                  - {segment: lan, addresses: [10.4.0.1/24]}
                  - {segment: out, addresses: [10.9.{{i}}.2/24]}
                routes: [{prefix: 0.0.0.0/0, via: 10.9.{{i}}.1}]
            nat:
              - {name: shared, router: edge, outside: out, inside: [10.4.0.0/24], shared: {addresses: [192.0.9.1], blockPorts: 4096, firstPort: 20480}, entries: 1024, machines: 16}
            services:
              - {name: tracked, type: connections}
            machines:
              - {name: vm, id: 7, port: vm, services: [tracked], flows: 64, flows6: 16, standby: {{(i == 1 ? "false" : "true")}} }
            """);
    }

    private static string Bridge(int i) => $$"""
        schema: weft/1
        switch: {name: b{{i}}}
        ports:
          - {name: up, type: tap, device: up, role: underlay, mtu: 1600}
          - {name: edge, type: tap, device: edge, vlan: {mode: trunk, allowed: [10]} }
        vteps:
          - {name: t, port: up, address: 192.0.2.2{{i}}/24}
        segments:
          - {name: red, vlan: 10, vni: 100, vtep: t, peers: [192.0.2.11, 192.0.2.12, 192.0.2.13, 192.0.2.2{{3 - i}}]}
        bridges:
          - {name: pair, id: 7, node: {{i}}, priority: {{200 - i}}, port: edge, segments: [red], vtep: t, peer: 192.0.2.2{{3 - i}}, pathVlan: 10, initHoldMilliseconds: 500}
        """;

    private static string Node(int i) => $$"""
        schema: weft/1
        switch: {name: n{{i}}}
        cluster: {file: store.db}
        ports:
          - {name: fabric, type: tap, device: fabric, mtu: 1600, vlan: {mode: access, id: 1} }
          - {name: uplink, type: tap, device: uplink, vlan: {mode: access, id: 2} }
        segments:
          - {name: underlay, vlan: 1}
          - {name: internet, vlan: 2}
        routers:
          - name: pop
            interfaces:
              - {segment: underlay, addresses: [10.99.0.1{{i}}/24]}
              - {segment: internet, addresses: [203.0.113.{{i}}/24]}
            routes: [{prefix: 0.0.0.0/0, via: 203.0.113.254}]
        sase:
          - name: west
            router: pop
            address: 10.99.0.1{{i}}
            gateways: [10.99.0.1]
            nodes: [10.99.0.11, 10.99.0.12]
            uplink: internet
            mtu: 1600
            bundles: 2
            flows: 256
            tenants:
              - {{Tenant("acme", 1001, 11)}}
              - {{Tenant("globex", 1002, 12)}}
        """;

    private static string Tenant(string name, int vni, int outside) =>
        $"{{name: {name}, vni: {vni}, routerAddress: 10.0.0.1, routes: [{{prefix: 0.0.0.0/0, to: uplink}}, {{prefix: 10.0.0.0/24, to: gateway, gateway: 10.99.0.1}}], "
        + $"publicAddresses: [203.0.113.{outside}], policy: [{{name: sites, action: allow, from: sites}}], flows: 128}}";

    private const string GatewayText = """
        schema: weft/1
        switch: {name: g1}
        ports:
          - {name: fabric, type: tap, device: fabric, mtu: 1600, vlan: {mode: access, id: 1} }
          - {name: acme, type: tap, device: acme, vlan: {mode: access, id: 101} }
          - {name: globex, type: tap, device: globex, vlan: {mode: access, id: 102} }
        segments:
          - {name: underlay, vlan: 1}
          - {name: acme-site, vlan: 101}
          - {name: globex-site, vlan: 102}
        routers:
          - {name: pop, interfaces: [{segment: underlay, addresses: [10.99.0.1/24]}]}
          - {name: acme, interfaces: [{segment: acme-site, addresses: [10.0.0.1/24]}]}
          - {name: globex, interfaces: [{segment: globex-site, addresses: [10.0.0.1/24]}]}
        sase:
          - name: west
            router: pop
            address: 10.99.0.1
            gateways: [10.99.0.1]
            nodes: [10.99.0.11, 10.99.0.12]
            mtu: 1600
            bundles: 2
            tenants:
              - {name: acme, vni: 1001, router: acme}
              - {name: globex, vni: 1002, router: globex}
        """;

    private const string ReturnPathText = """
        schema: weft/1
        switch: {name: l1}
        ports:
          - {name: front, type: tap, device: front, vlan: {mode: access, id: 10} }
          - {name: back, type: tap, device: back, vlan: {mode: access, id: 20} }
        segments:
          - {name: balancers, vlan: 10}
          - {name: servers, vlan: 20}
        routers:
          - name: dmz
            interfaces:
              - {segment: balancers, addresses: [10.20.0.1/24]}
              - {segment: servers, addresses: [10.30.0.1/24]}
            routes: [{prefix: 0.0.0.0/0, via: 10.20.0.11}]
        lb:
          - name: web
            router: dmz
            front: balancers
            back: servers
            servers: [10.30.0.0/24]
            flows: 256
            members:
              - {name: m1, mac: "02:00:00:00:1b:01"}
              - {name: m2, mac: "02:00:00:00:1b:02"}
        """;
}
