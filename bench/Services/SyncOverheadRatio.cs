using System.Buffers.Binary;
using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>
/// A machine's packets, a million a second of which every tenth begins a flow, while everything that changes is exported ten times a second, beside the same packets without.
/// </summary>
public sealed class SyncOverheadRatio : IRatio
{
    private const int Burst = 64;
    private const int Established = 8192;
    private const int NewFlowEach = 10;
    private const int PacketsPerRound = 100_000;
    private const int UdpPorts = 34;
    private const int PortsOfFlow = 60_000;

    private static readonly TimeSpan PerPacket = TimeSpan.FromMicroseconds(1);

    private readonly ServiceResult[] _results = new ServiceResult[Burst];
    private readonly byte[] _records = new byte[32 * 1024];
    private PacketBatch[] _bursts = [];
    private int _rounds;

    /// <inheritdoc/>
    public string Package => "Services";

    /// <inheritdoc/>
    public string Name => "connection tracking and firewall while all changes are exported, every tenth packet beginning a flow";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "the same without export";

    /// <inheritdoc/>
    public double Goal => 1.05;

    /// <inheritdoc/>
    public void SetUp(bool shortRun) => (_rounds, _bursts) = (shortRun ? 3 : 15, ServiceBenchBed.Bursts(Established));

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours() => Run(exports: true);

    /// <inheritdoc/>
    public Sample Peer() => Run(exports: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Every pass has a set of its own.
    }

    private Sample Run(bool exports)
    {
        using ServiceSet set = ServiceBenchBed.WithTracking(1 << 18, new FlowTimeouts { UdpUnanswered = TimeSpan.FromSeconds(1) });
        Timestamp now = ServiceBenchBed.Start;
        int flow = 0;
        // The table has as many flows as it will have before anything is measured.
        for (int round = 0; round < 12; round++)
        {
            Round(set, ref now, ref flow, exports: false);
        }

        if (exports)
        {
            set.BeginExport();
            Drain(set, now);
        }

        long start = ThreadClock.Nanoseconds;
        for (int round = 0; round < _rounds; round++)
        {
            Round(set, ref now, ref flow, exports);
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / _rounds / PacketsPerRound, (ulong)set.FlowCount);
    }

    private void Round(ServiceSet set, ref Timestamp now, ref int flow, bool exports)
    {
        for (int packets = 0; packets < PacketsPerRound; packets += Burst)
        {
            PacketBatch burst = _bursts[packets / Burst % _bursts.Length];
            for (int packet = 0; packet < Burst; packet++)
            {
                if ((packets + packet) % NewFlowEach == 0)
                {
                    Span<byte> ports = burst.Bytes(packet)[UdpPorts..];
                    BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)(1024 + flow % PortsOfFlow));
                    BinaryPrimitives.WriteUInt16BigEndian(ports[2..], (ushort)(1000 + flow++ / PortsOfFlow));
                }
            }

            set.Process(ref burst, ServiceDirection.FromMachine, _results, now);
            now += PerPacket * Burst;
        }

        _ = set.Advance(now, budget: int.MaxValue);
        if (exports)
        {
            Drain(set, now);
        }
    }

    private void Drain(ServiceSet set, Timestamp now)
    {
        while (set.Export(_records, now) > 0)
        {
            // Where they go is the transport's.
        }
    }
}
