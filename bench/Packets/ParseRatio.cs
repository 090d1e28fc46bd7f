using Weft.Bench.Ratios;
using Weft.Packets;

namespace Weft.Bench.Packets;

/// <summary>Finding the headers of a mix of frames, once a packet.</summary>
public sealed class ParseRatio : IRatio
{
    private const int Count = 1024;

    private Frames? _frames;
    private PacketPeer? _peer;
    private int _rounds;

    /// <inheritdoc/>
    public string Package => "Packets";

    /// <inheritdoc/>
    public string Name => "find the headers of a mix of TCP, UDP, IPv4, IPv6 and VLAN frames";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "DPDK rte_net_get_ptype, which does not check lengths against the IP header";

    /// <inheritdoc/>
    public double Goal => 1.0;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _frames = new Frames(Count);
        _rounds = shortRun ? 100 : 1000;
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = PacketPeer.TryLoad(out string? whyNot);
        return whyNot;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        for (int round = 0; round < _rounds; round++)
        {
            for (int i = 0; i < Count; i++)
            {
                sum += PacketLayout.TryParse(_frames![i], out PacketLayout layout) ? layout.PayloadOffset : 1u;
            }
        }

        return Measured(start, sum);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        for (int round = 0; round < _rounds; round++)
        {
            sum += _peer!.Parse(_frames!);
        }

        return Measured(start, sum);
    }

    /// <inheritdoc/>
    public void Dispose() => _peer?.Dispose();

    private Sample Measured(long start, ulong sum) => new((double)(ThreadClock.Nanoseconds - start) / ((long)_rounds * Count), sum);
}
