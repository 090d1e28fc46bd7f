using BenchmarkDotNet.Attributes;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Host;

/// <summary>
/// What the graph costs a frame of 60 bytes without any device: filling a buffer, all stages, handing over; <c>--filter
/// '*Graph*'</c>. One operation is one frame.
/// </summary>
[MemoryDiagnoser]
public class GraphBenchmarks : IDisposable
{
    private const int Burst = 64;
    private const string Configuration = """
        schema: weft/1
        ports:
          - {name: a, type: tap, device: a, vlan: {mode: access, id: 10}}
          - {name: b, type: tap, device: b, vlan: {mode: access, id: 10}}
          - {name: up, type: tap, device: up, role: underlay}
        vteps:
          - {name: v, port: up, address: 192.0.2.1/24, mac: "02:00:00:00:fe:01", neighbors: [{address: 192.0.2.2, mac: "02:00:00:00:fe:02"}]}
        segments:
          - {name: blue, vlan: 10, vni: 100, vtep: v, peers: [192.0.2.2], static: [{mac: "02:00:00:00:00:0b", port: b}, {mac: "02:00:00:00:00:0c", peer: 192.0.2.2}]}
        """;

    private Switch? _bridging;
    private Switch? _encapsulating;
    private Switch? _decapsulating;
    private Switch? _flooding;
    private Timestamp _now = Timestamp.FromSeconds(1);

    /// <summary>Builds one switch a case.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        SwitchPlan plan = ConfigurationFile.ReadText(Configuration, "bench").Plan!;
        _bridging = Build(plan, "a", Frame("02:00:00:00:00:0b"));
        _encapsulating = Build(plan, "a", Frame("02:00:00:00:00:0c"));
        _flooding = Build(plan, "a", Frame("ff:ff:ff:ff:ff:ff"));
        _decapsulating = Build(plan, "up", InVxlan(Frame("02:00:00:00:00:0b")));
    }

    /// <summary>From port to port, both addresses known.</summary>
    [Benchmark(OperationsPerInvoke = Burst)]
    public int Bridge() => _bridging!.RunOnce(Later());

    /// <summary>From a port into VXLAN over IPv4.</summary>
    [Benchmark(OperationsPerInvoke = Burst)]
    public int Encapsulate() => _encapsulating!.RunOnce(Later());

    /// <summary>Out of VXLAN over IPv4 to a port.</summary>
    [Benchmark(OperationsPerInvoke = Burst)]
    public int Decapsulate() => _decapsulating!.RunOnce(Later());

    /// <summary>A broadcast to one port and one tunnel.</summary>
    [Benchmark(OperationsPerInvoke = Burst)]
    public int Flood() => _flooding!.RunOnce(Later());

    /// <summary>Frees the pools.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _bridging?.Dispose();
        _encapsulating?.Dispose();
        _decapsulating?.Dispose();
        _flooding?.Dispose();
        GC.SuppressFinalize(this);
    }

    private Timestamp Later() => _now += TimeSpan.FromMicroseconds(10);

    private static Switch Build(SwitchPlan plan, string source, byte[] frame) => new(
        plan with { VectorSize = Burst },
        [.. plan.Ports.Select(port => new TemplatePort(port.Name, port.Name == source ? [frame] : []))],
        new SwitchOptions { Start = Timestamp.FromSeconds(1) });

    private static byte[] Frame(string to)
    {
        byte[] frame = new byte[60];
        new EthernetHeader { Destination = MacAddress.Parse(to), Source = MacAddress.Parse("02:00:00:00:00:0a"), EtherType = EtherType.Experimental1 }.Write(frame);
        return frame;
    }

    private static byte[] InVxlan(byte[] inner)
    {
        byte[] frame = new byte[50 + inner.Length];
        int at = new EthernetHeader { Destination = MacAddress.Parse("02:00:00:00:fe:01"), Source = MacAddress.Parse("02:00:00:00:fe:02"), EtherType = EtherType.IPv4 }.Write(frame);
        at += new IPv4Header { Source = IPv4Address.Parse("192.0.2.2"), Destination = IPv4Address.Parse("192.0.2.1"), Protocol = IpProtocol.Udp, PayloadLength = 16 + inner.Length }.Write(frame.AsSpan(at));
        at += new UdpHeader(50_000, 4789, 8 + inner.Length).Write(frame.AsSpan(at));
        at += new VxlanHeader(100).Write(frame.AsSpan(at));
        inner.CopyTo(frame, at);
        return frame;
    }
}
