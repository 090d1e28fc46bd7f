using Weft.Bench.Ratios;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Bench.Nat;

/// <summary>What is measured beside the kernel's NAT: what a packet costs it more than forwarding, beside what one costs the engine.</summary>
public abstract class KernelRatio : IRatio
{
    private protected const int Batch = 32;
    private protected const int PacketBytes = 64;

    /// <summary>Packets written before the clock starts.</summary>
    private const int Prepared = 8 * Batch;

    private readonly byte[] _buffer = new byte[Prepared * PacketBytes];
    private readonly NatSegment[] _segments = new NatSegment[Batch];
    private readonly NatVerdict[] _verdicts = new NatVerdict[Prepared];

    /// <inheritdoc/>
    public string Package => "Nat";

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public abstract string PeerName { get; }

    /// <inheritdoc/>
    public abstract double Goal { get; }

    /// <inheritdoc/>
    public Statistic Statistic => Statistic.Median;

    /// <summary>Packets of a pass of ours.</summary>
    private protected int Count { get; private set; }

    private protected bool IsShort { get; private set; }

    private protected KernelNat Kernel { get; private set; } = null!;

    /// <inheritdoc/>
    public virtual void SetUp(bool shortRun)
    {
        IsShort = shortRun;
        Count = (shortRun ? 16_000 : 60_000) / Prepared * Prepared;
        for (int i = 0; i < Batch; i++)
        {
            _segments[i] = new NatSegment(i * PacketBytes, PacketBytes, 7);
        }
    }

    /// <inheritdoc/>
    public virtual string? SetUpPeer()
    {
        Kernel = KernelNat.TryCreate(out string? whyNot)!;
        return whyNot;
    }

    /// <inheritdoc/>
    public abstract Sample Ours();

    /// <inheritdoc/>
    public abstract Sample Peer();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        Kernel?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>An engine with all unreserved ports of one address, as the kernel has.</summary>
    private protected static NatEngine Engine()
    {
        var engine = new NatEngine(new NatOptions { Seed = new HashSeed(1, 2), Entries = 65_536, Machines = 65_536 });
        for (byte log2 = 10; log2 <= PortBlock.MaxLog2Size; log2++)
        {
            _ = engine.TryAddBlock(new PortBlock(new IPv4Address(0xC633_6401), (ushort)(1 << log2), log2), default);
        }

        return engine;
    }

    /// <summary>Sends a packet of each of these flows through an engine; only the translation is timed.</summary>
    private protected Sample Translate(NatEngine engine, int first, NatAction wanted)
    {
        long nanoseconds = 0;
        ulong right = 0;
        for (int i = 0; i < Count; i += Prepared)
        {
            for (int j = 0; j < Prepared; j++)
            {
                Write(_buffer.AsSpan(j * PacketBytes, PacketBytes), (uint)(first + i + j));
            }

            long start = ThreadClock.Nanoseconds;
            for (int j = 0; j < Prepared; j += Batch)
            {
                engine.TranslateOutbound(_buffer.AsSpan(j * PacketBytes, Batch * PacketBytes), _segments, _verdicts.AsSpan(j, Batch), Timestamp.FromSeconds(1));
            }

            nanoseconds += ThreadClock.Nanoseconds - start;
            right += (ulong)_verdicts.Count(verdict => verdict.Action == wanted);
        }

        return new Sample((double)nanoseconds / Count, right);
    }

    private static void Write(Span<byte> packet, uint flow)
    {
        var source = new IPv4Address(0x0A00_0002 + flow % 60_000);
        _ = new IPv4Header { Source = source, Destination = new IPv4Address(0x6400_0001), Protocol = IpProtocol.Udp, PayloadLength = 44, DontFragment = true }.Write(packet);
        _ = new UdpHeader((ushort)(1024 + flow % 64_000), 443, 36, 0x1234).Write(packet[20..]);
    }
}
