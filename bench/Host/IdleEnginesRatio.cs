using Weft.Bench.Ratios;
using Weft.Host.Config;
using Weft.Packets;
using Switch = Weft.Host.Datapath.Switch;

namespace Weft.Bench.Host;

/// <summary>A switch that bridges between two ports while every engine is there for others, beside one without any.</summary>
public sealed class IdleEnginesRatio : IRatio
{
    private const int Burst = 64;
    private const string Ports = """
          - {name: a, type: tap, device: a, vlan: {mode: access, id: 10}}
          - {name: b, type: tap, device: b, vlan: {mode: access, id: 10}}
        """;

    private const string Segment = """
          - {name: blue, vlan: 10, static: [{mac: "02:00:00:00:00:0b", port: b}]}
        """;

    private static readonly string Plain = $$"""
        schema: weft/1
        ports:
        {{Ports}}
          - {name: c, type: tap, device: c, vlan: {mode: access, id: 20} }
          - {name: up, type: tap, device: up, mtu: 1600, vlan: {mode: access, id: 30} }
          - {name: watch, type: tap, device: watch, vlan: {mode: access, id: 40} }
        segments:
        {{Segment}}
          - {name: green, vlan: 20}
          - {name: uplink, vlan: 30}
          - {name: rest, vlan: 40}
        """;

    private static readonly string Full = $$"""
        schema: weft/1
        ports:
        {{Ports}}
          - {name: c, type: tap, device: c, vlan: {mode: access, id: 20}, acl: {in: some}, guard: {source: true, addresses: [10.0.0.9]} }
          - {name: up, type: tap, device: up, role: underlay, mtu: 1600}
          - {name: watch, type: tap, device: watch, role: monitor}
        vteps: [{name: v, port: up, address: 192.0.2.1/24, mac: "02:00:00:00:fe:01", neighbors: [{address: 192.0.2.2, mac: "02:00:00:00:fe:02"} ] } ]
        segments:
        {{Segment}}
          - {name: green, vlan: 20}
          - {name: uplink, vlan: 30, vni: 200, vtep: v, peers: [192.0.2.2]}
        routers: [{name: edge, interfaces: [{segment: green, addresses: [10.0.0.1/24]}, {segment: uplink, addresses: [10.9.1.2/24]}], routes: [{prefix: 0.0.0.0/0, via: 10.9.1.1} ] } ]
        nat: [{name: out, router: edge, outside: uplink, inside: [10.0.0.0/24], blocks: [{address: 203.0.113.1, ports: 4096-8191}]}]
        lb: [{name: web, router: edge, front: uplink, back: green, servers: [10.0.0.128/25], members: [{name: one, mac: "02:00:00:00:1b:01"} ] } ]
        accessLists: [{name: some, stateful: true, rules: [{name: dns, action: permit, protocol: udp, ports: [53]} ] } ]
        mirrors: [{name: m, ports: [c], to: watch}]
        """;

    private int _rounds = 4000;
    private Switch? _full;
    private Switch? _plain;
    private Timestamp _now = Timestamp.FromSeconds(1);

    /// <inheritdoc/>
    public string Package => "Host";

    /// <inheritdoc/>
    public string Name => "G12: bridge a frame of 60 bytes while other ports have tunnel, access list, guard, router, translation, return paths and mirror";

    /// <inheritdoc/>
    public string Unit => "ns/frame";

    /// <inheritdoc/>
    public string PeerName => "the same switch without them";

    /// <inheritdoc/>
    public double Goal => 1.03;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _rounds = shortRun ? 400 : _rounds;
        (_full, _plain) = (Build(Full), Build(Plain));
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours() => Measure(_full!);

    /// <inheritdoc/>
    public Sample Peer() => Measure(_plain!);

    /// <inheritdoc/>
    public void Dispose()
    {
        _full?.Dispose();
        _plain?.Dispose();
    }

    private static Switch Build(string text)
    {
        ConfigurationResult read = ConfigurationFile.ReadText(text, "bench");
        SwitchPlan plan = read.Plan ?? throw new InvalidOperationException(string.Join('\n', read.Problems));
        byte[] frame = new byte[60];
        new EthernetHeader { Destination = MacAddress.Parse("02:00:00:00:00:0b"), Source = MacAddress.Parse("02:00:00:00:00:0a"), EtherType = EtherType.Experimental1 }.Write(frame);
        return new Switch(plan with { VectorSize = Burst }, [.. plan.Ports.Select(port => new TemplatePort(port.Name, port.Name == "a" ? [frame] : []))]);
    }

    private Sample Measure(Switch of)
    {
        long before = of.Totals.Sent;
        long start = ThreadClock.Nanoseconds;
        for (int i = 0; i < _rounds; i++)
        {
            // Slow enough that no timer of the other switch's engines is what is measured.
            _ = of.RunOnce(_now += TimeSpan.FromMicroseconds(10));
        }

        long nanoseconds = ThreadClock.Nanoseconds - start;
        long frames = of.Totals.Sent - before;
        return new Sample((double)nanoseconds / frames, (ulong)frames);
    }
}
