using Weft.Bench.Flows;
using Weft.Bench.Ratios;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Bench.Nat;

/// <summary>
/// The whole translation of established UDP flows in bursts of 32: read and check the packet, look its flow up, refresh it, rewrite
/// address, port and two checksums. The peer does the same in C over rte_hash.
/// </summary>
public class NatTranslateRatio : IRatio
{
    private const int Batch = 32;

    /// <summary>Packets written before the clock starts: reading the clock of a thread costs as much as some packets.</summary>
    private const int Prepared = 8 * Batch;

    private readonly NatVerdict[] _verdicts = new NatVerdict[Prepared];
    private readonly NatSegment[] _segments = new NatSegment[Batch];
    private readonly byte[] _buffer = new byte[Prepared * NatFlows.PacketBytes];
    private string _size = "";
    private NatFlows? _flows;
    private NatEngine? _engine;
    private RteHash? _peer;

    /// <inheritdoc/>
    public string Package => "Nat";

    /// <inheritdoc/>
    public string Name => $"translate a burst of 32 packets of {_size} established UDP flows";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "the same in C: checks, DPDK rte_hash_lookup_bulk_data, prefetch and touch of a 64-byte session, rewriting by RFC 1624";

    /// <inheritdoc/>
    public double Goal => 1.0;

    /// <summary>Flows of the full run.</summary>
    protected virtual int Flows => 1_000_000;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _flows = new NatFlows((shortRun ? 64_000 : Flows) / Prepared * Prepared);
        _size = shortRun ? "64 k" : $"{Flows / 1_000_000} M";
        _engine = NatFlows.Engine(_flows.Count);
        for (int i = 0; i < Batch; i++)
        {
            _segments[i] = new NatSegment(i * NatFlows.PacketBytes, NatFlows.PacketBytes, NatFlows.Scope);
        }

        if (Pass(shuffled: false, Translate).Result != (ulong)_flows.Count)
        {
            throw new InvalidOperationException("Not every flow was translated: the figures would mean nothing.");
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = RteHash.TryCreate(_flows!.Count, out string? whyNot);
        for (int i = 0; _peer is not null && i < _flows.Count; i += Prepared)
        {
            _flows.Write(_buffer, i, shuffled: false);
            _ = _peer.Learn(_buffer, NatFlows.PacketBytes, i);
        }

        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours() => Pass(shuffled: true, Translate);

    /// <inheritdoc/>
    public Sample Peer() => Pass(shuffled: true, packets => _peer!.Translate(packets, NatFlows.PacketBytes));

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine?.Dispose();
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Only the translation is timed, not the writing of the packets.</summary>
    private Sample Pass(bool shuffled, Func<byte[], ulong> translate)
    {
        long nanoseconds = 0;
        ulong translated = 0;
        for (int i = 0; i < _flows!.Count; i += Prepared)
        {
            _flows.Write(_buffer, i, shuffled);
            long start = ThreadClock.Nanoseconds;
            translated += translate(_buffer);
            nanoseconds += ThreadClock.Nanoseconds - start;
        }

        return new Sample((double)nanoseconds / _flows.Count, translated);
    }

    private ulong Translate(byte[] packets)
    {
        for (int i = 0; i < Prepared; i += Batch)
        {
            _engine!.TranslateOutbound(packets.AsSpan(i * NatFlows.PacketBytes, Batch * NatFlows.PacketBytes), _segments, _verdicts.AsSpan(i, Batch), Timestamp.FromSeconds(1));
        }

        ulong translated = 0;
        foreach (ref readonly NatVerdict verdict in _verdicts.AsSpan())
        {
            translated += verdict.Action == NatAction.Translated ? 1u : 0;
        }

        return translated;
    }
}
