using BenchmarkDotNet.Attributes;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Bench.Encap;

/// <summary>Into a tunnel and out of it, with and without a checksum over the inner frame.</summary>
[MemoryDiagnoser]
public class TunnelBenchmark
{
    private const uint Vni = 5001;
    private byte[] _frame = [];
    private PacketLayout _inner;
    private PacketLayout _outer;
    private TunnelEncapsulator? _encapsulator;
    private TunnelDecapsulator? _decapsulator;
    private TunnelPeer? _peer;

    /// <summary>Bytes of the inner frame.</summary>
    [Params(60, 1464)]
    public int Bytes { get; set; }

    /// <summary>What goes into the UDP checksum.</summary>
    [Params(OuterChecksum.Standard, OuterChecksum.Always)]
    public OuterChecksum Checksum { get; set; }

    /// <summary>Builds a UDP frame and both ends of the tunnel.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var left = new VtepOptions
        {
            Protocol = TunnelProtocol.Vxlan,
            Address = VtepAddress.Parse("192.0.2.1"),
            Mac = MacAddress.Parse("02:00:00:00:00:01"),
            EntropySeed = new HashSeed(1, 2),
            Checksum = Checksum,
        };
        VtepOptions right = left with { Address = VtepAddress.Parse("192.0.2.2"), Mac = MacAddress.Parse("02:00:00:00:00:02") };
        _encapsulator = new TunnelEncapsulator(left);
        _decapsulator = new TunnelDecapsulator(right);
        _peer = _encapsulator.CreatePeer(right.Address);
        _peer.SetNextHop(right.Mac);
        _frame = new byte[_peer.HeaderBytes + Bytes];
        Span<byte> inner = _frame.AsSpan(_peer.HeaderBytes);
        int at = new EthernetHeader { Destination = right.Mac, Source = left.Mac, EtherType = EtherType.IPv4 }.Write(inner);
        int payload = Bytes - at - IPv4Header.MinLength - UdpHeader.Length;
        at += new IPv4Header { PayloadLength = UdpHeader.Length + payload, Protocol = IpProtocol.Udp, Source = new IPv4Address(0x0A000001), Destination = new IPv4Address(0x0A000002) }
            .Write(inner[at..]);
        _ = new UdpHeader(1000, 2000, payload).Write(inner[at..]);
        _ = PacketLayout.TryParse(inner, out _inner);
        _ = Encapsulate();
        _ = PacketLayout.TryParse(_frame, out _outer);
        if (Decapsulate() != DecapVerdict.Decapsulated)
        {
            throw new InvalidOperationException("what was put in does not come out");
        }
    }

    /// <summary>Writes the outer headers.</summary>
    [Benchmark]
    public EncapVerdict Encapsulate() =>
        _encapsulator!.WriteHeader(_frame.AsSpan(0, _peer!.HeaderBytes), _frame.AsSpan(_peer.HeaderBytes), _inner, _peer, Vni);

    /// <summary>Checks the outer headers and finds the inner frame's layout.</summary>
    [Benchmark]
    public DecapVerdict Decapsulate() => _decapsulator!.Decapsulate(_frame, _outer, out _);
}
