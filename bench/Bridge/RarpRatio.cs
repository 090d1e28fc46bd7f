using System.Buffers.Binary;
using Weft.Bench.Ratios;
using Weft.Bridge;
using Weft.Packets;

namespace Weft.Bench.Bridge;

/// <summary>One announcement written, of the ten thousands that a takeover makes. 5 M a second are 200 ns each.</summary>
public sealed unsafe class RarpRatio : IRatio
{
    private const ulong First = 0x0200_0000_0001;
    private readonly byte[] _frame = new byte[64];
    private NativePeer? _peer;
    private delegate* unmanaged<ulong, uint, ulong> _rarp;
    private uint _count;

    /// <inheritdoc/>
    public string Package => "Bridge";

    /// <inheritdoc/>
    public string Name => "write a RARP announcement";

    /// <inheritdoc/>
    public string Unit => "ns/frame";

    /// <inheritdoc/>
    public string PeerName => "C with a heap buffer for each frame, as Open vSwitch makes them (its whole path: 12.5 us)";

    /// <inheritdoc/>
    public double Goal => 1.0;

    /// <inheritdoc/>
    public void SetUp(bool shortRun) => _count = shortRun ? 100_000u : 2_000_000;

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("rarp.c", [], [], out string whyNot);
        if (_peer is null)
        {
            return whyNot;
        }

        _rarp = (delegate* unmanaged<ulong, uint, ulong>)_peer.Function("peer_rarp");
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        for (uint i = 0; i < _count; i++)
        {
            _ = Announcement.WriteRarp(_frame, new MacAddress(First + i));
            sum += (ulong)BinaryPrimitives.ReadUInt32LittleEndian(_frame.AsSpan(8)) + BinaryPrimitives.ReadUInt32LittleEndian(_frame.AsSpan(28));
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / _count, sum);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long start = ThreadClock.Nanoseconds;
        ulong sum = _rarp(First, _count);
        return new Sample((double)(ThreadClock.Nanoseconds - start) / _count, sum);
    }

    /// <inheritdoc/>
    public void Dispose() => _peer?.Dispose();
}
