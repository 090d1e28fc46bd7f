using Weft.Bench.Flows;
using Weft.Bench.Ratios;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Bench.Nat;

/// <summary>
/// The whole translation of established UDP flows in bursts of 32: parse, look up, refresh, rewrite address, port, identification and
/// two checksums. Beside it the mere lookup and touch of a bare hash table with the flows of one direction.
/// </summary>
public sealed class NatTranslateRatio : IRatio
{
    private const int Batch = 32;
    private const int PacketBytes = 64;

    /// <summary>Packets written before the clock starts: reading the clock of a thread costs as much as some packets.</summary>
    private const int Prepared = 8 * Batch;
    private const int PortsPerAddress = 64_512;

    private readonly NatVerdict[] _verdicts = new NatVerdict[Prepared];
    private readonly NatSegment[] _segments = new NatSegment[Batch];
    private readonly byte[] _buffer = new byte[Prepared * PacketBytes];
    private FlowKey4[] _inOrder = [];
    private FlowKey4[] _shuffled = [];
    private string _size = "";
    private ulong _passes;
    private NatEngine? _engine;
    private RteHash? _peer;

    /// <inheritdoc/>
    public string Package => "Nat";

    /// <inheritdoc/>
    public string Name => $"translate a burst of 32 packets of {_size} established UDP flows";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "DPDK rte_hash_lookup_bulk_data, then prefetch and touch a 64-byte session; no packet is read or written";

    /// <inheritdoc/>
    public double Goal => 3.0;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        // As many flows as ten shared addresses have ports (64 blocks at most: six an address), or as one has.
        int flows = (shortRun ? 1 : 10) * PortsPerAddress / Prepared * Prepared;
        _size = shortRun ? "64 k" : "645 k";
        _inOrder = new FlowKey4[flows];
        for (int i = 0; i < flows; i++)
        {
            var machine = new IPv4Address(0x0A00_0000 + (uint)(i % 16_384) + 1);
            _inOrder[i] = new FlowKey4(machine, new IPv4Address(0xC633_6407), IpProtocol.Udp, (ushort)(1024 + i / 16_384), 53, 7);
        }

        _shuffled = [.. _inOrder];
        new Random(1).Shuffle(_shuffled);
        _engine = new NatEngine(new NatOptions { Seed = new HashSeed(1, 2), Entries = flows, Machines = 16_384, Pooling = PoolingBehavior.Arbitrary });
        for (uint address = 0; address < (shortRun ? 1 : 10); address++)
        {
            for (byte log2 = 10; log2 <= PortBlock.MaxLog2Size; log2++)
            {
                _ = _engine.TryAddBlock(new PortBlock(new IPv4Address(0xC000_0200 + address), (ushort)(1 << log2), log2), default);
            }
        }

        for (int i = 0; i < Batch; i++)
        {
            _segments[i] = new NatSegment(i * PacketBytes, PacketBytes, 7);
        }

        _ = Translate(_inOrder);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = RteHash.TryCreate(_inOrder.Length, out string? whyNot);
        _ = _peer?.Insert(_inOrder);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        // The peer adds up the packets that each flow has had; so many passes, so many packets.
        Sample pass = Translate(_shuffled);
        return pass with { Result = pass.Result * ++_passes };
    }

    /// <inheritdoc/>
    public Sample Peer() => _peer!.Lookup(_shuffled);

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine?.Dispose();
        _peer?.Dispose();
    }

    /// <summary>Only the translation is timed, not the writing of the packets.</summary>
    private Sample Translate(FlowKey4[] flows)
    {
        long nanoseconds = 0;
        ulong translated = 0;
        for (int i = 0; i < flows.Length; i += Prepared)
        {
            for (int j = 0; j < Prepared; j++)
            {
                WritePacket(_buffer.AsSpan(j * PacketBytes, PacketBytes), in flows[i + j]);
            }

            long start = ThreadClock.Nanoseconds;
            for (int j = 0; j < Prepared; j += Batch)
            {
                _engine!.TranslateOutbound(_buffer.AsSpan(j * PacketBytes, Batch * PacketBytes), _segments, _verdicts.AsSpan(j, Batch), Timestamp.FromSeconds(1));
            }

            nanoseconds += ThreadClock.Nanoseconds - start;
            translated += (ulong)_verdicts.Count(verdict => verdict.Action == NatAction.Translated);
        }

        return new Sample((double)nanoseconds / flows.Length, translated);
    }

    private static void WritePacket(Span<byte> packet, in FlowKey4 flow)
    {
        _ = new IPv4Header { Source = flow.Source, Destination = flow.Destination, Protocol = IpProtocol.Udp, PayloadLength = 44, DontFragment = true }.Write(packet);
        _ = new UdpHeader(flow.SourcePort, flow.DestinationPort, 36, 0x1234).Write(packet[20..]);
    }
}
