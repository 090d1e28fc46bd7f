using System.Buffers.Binary;
using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Bench.Sase;

/// <summary>
/// The walk through a service node, there and back: out of the tunnel, tenant, flow, policy, source NAT, and the answer back into the tunnel;
/// beside Click with a chain of its elements a tenant (IPFilter, IPRewriter, DecIPTTL, UDPIPEncap), which goes there only.
/// </summary>
public sealed class SaseWalkRatio : IRatio
{
    private const string ClickVariable = "WEFT_CLICK";

    private SaseBurst _burst = new();
    private readonly string _capture = Path.Combine(Path.GetTempPath(), $"weft-sase-bench-{Environment.ProcessId}.pcap");
    private ManagedServiceNode? _node;
    private byte[][] _packets = [];
    private int _passes;
    private string _click = "";
    private double _reading;

    /// <inheritdoc/>
    public string Package => "Sase";

    /// <inheritdoc/>
    public string Name => $"walk of a packet through a service node, {SaseBenchBed.Flows} flows of {SaseBenchBed.Tenants} tenants";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "Click: Classifier, IPFilter, IPRewriter, DecIPTTL, UDPIPEncap";

    /// <inheritdoc/>
    public double Goal => 0.20;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _passes = shortRun ? 2 : 20;
        _node = SaseBenchBed.Make();
        _packets = SaseBenchBed.Packets();
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _click = Environment.GetEnvironmentVariable(ClickVariable) ?? "";
        if (!File.Exists(_click))
        {
            return $"needs Click's user-level driver; {ClickVariable} names it";
        }

        WriteCapture();
        _reading = PeerProcess.Run(_click, "-e", $"FromDump({_capture}, STOP true) -> Discard;").CpuNanoseconds;
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        long walked = 0;
        for (int pass = 0; pass < _passes; pass++)
        {
            for (ReadOnlySpan<byte[]> rest = _packets; !rest.IsEmpty;)
            {
                rest = _burst.Fill(rest);
                _node!.FromTunnel(ref _burst, SaseBenchBed.Start);
                walked += _burst.Sent(SaseAction.ToUplink);
                for (int i = 0; i < _burst.Count; i++)
                {
                    Answer(_burst.Packet(i));
                }

                _node.FromUplink(ref _burst, SaseBenchBed.Start);
                walked += _burst.Sent(SaseAction.ToTunnel);
            }
        }

        // Both count as one each; what the peer answers to is how many packets were offered.
        return new Sample((double)(ThreadClock.Nanoseconds - start) / walked, walked == 2L * _passes * SaseBenchBed.Flows ? (ulong)SaseBenchBed.Flows : 0);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        string chains = string.Concat(Enumerable.Range(0, SaseBenchBed.Tenants).Select(tenant =>
            $"c[{tenant}] -> Strip(64) -> CheckIPHeader -> IPFilter(allow udp && dst port 53, deny all) -> r{tenant} :: IPRewriter(pattern 203.0.113.{tenant + 1} 1024-65535 - - 0 0) -> DecIPTTL -> UDPIPEncap(10.255.0.1, 4789, 10.99.0.1, 4789) -> Discard; "));
        string vnis = string.Join(", ", Enumerable.Range(0, SaseBenchBed.Tenants).Select(tenant => $"46/{SaseBenchBed.FirstVni + (uint)tenant:x6}"));
        (long nanoseconds, int code, _) = PeerProcess.Run(_click, "-e", $"FromDump({_capture}, STOP true) -> c :: Classifier({vnis}, -); {chains} c[{SaseBenchBed.Tenants}] -> Discard;");
        long packets = (long)_passes * SaseBenchBed.Flows;
        return new Sample((nanoseconds - _reading) / packets, code == 0 ? (ulong)SaseBenchBed.Flows : 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _node?.Dispose();
        File.Delete(_capture);
    }

    /// <summary>Makes an answer of a question, with its endpoints exchanged; the sum of all stays what it was.</summary>
    private static void Answer(Span<byte> packet)
    {
        ulong addresses = BinaryPrimitives.ReadUInt64BigEndian(packet[12..]);
        BinaryPrimitives.WriteUInt64BigEndian(packet[12..], (addresses << 32) | (addresses >> 32));
        uint ports = BinaryPrimitives.ReadUInt32BigEndian(packet[20..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[20..], (ports << 16) | (ports >> 16));
    }

    private void WriteCapture()
    {
        using var file = new BinaryWriter(File.Create(_capture));
        foreach (uint word in (uint[])[0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, 1])
        {
            file.Write(word);
        }

        byte[] ethernet = new byte[14];
        _ = new EthernetHeader { Destination = SaseBenchBed.RouterMac, Source = SaseBenchBed.RouterMac, EtherType = EtherType.IPv4 }.Write(ethernet);
        for (int pass = 0; pass < _passes; pass++)
        {
            foreach (byte[] packet in _packets)
            {
                foreach (int word in (int[])[1, 0, 14 + packet.Length, 14 + packet.Length])
                {
                    file.Write(word);
                }

                file.Write(ethernet);
                file.Write(packet);
            }
        }
    }
}
