using Weft.Bench.Ratios;
using Weft.Bridge;

namespace Weft.Bench.Bridge;

/// <summary>The keyed hash of each address by which two nodes compare their tables: what a digest costs for each address that comes or goes.</summary>
public sealed unsafe class DigestRatio : IRatio
{
    private const ulong First = 0x000A_0200_0000_0001;
    private const ulong K0 = 0x0706_0504_0302_0100;
    private const ulong K1 = 0x0F0E_0D0C_0B0A_0908;
    private readonly SipHash _hash = new(K0, K1);
    private ulong[] _keys = [];
    private NativePeer? _peer;
    private delegate* unmanaged<ulong*, uint, ulong, ulong, ulong> _digest;

    /// <inheritdoc/>
    public string Package => "Bridge";

    /// <inheritdoc/>
    public string Name => "digest of a table, for each address";

    /// <inheritdoc/>
    public string Unit => "ns/address";

    /// <inheritdoc/>
    public string PeerName => "C, the same function (SipHash-2-4), one call an address";

    /// <inheritdoc/>
    public double Goal => 1.25;

    /// <inheritdoc/>
    public void SetUp(bool shortRun) => _keys = [.. Enumerable.Range(0, shortRun ? 10_000 : 500_000).Select(number => First + (ulong)number)];

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _peer = NativePeer.TryLoad("digest.c", [], [], out string whyNot);
        if (_peer is null)
        {
            return whyNot;
        }

        _digest = (delegate* unmanaged<ulong*, uint, ulong, ulong, ulong>)_peer.Function("peer_digest");
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        ulong sum = 0;
        long start = ThreadClock.Nanoseconds;
        foreach (ulong key in _keys)
        {
            sum += _hash.Hash(key);
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / _keys.Length, sum);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        fixed (ulong* keys = _keys)
        {
            long start = ThreadClock.Nanoseconds;
            ulong sum = _digest(keys, (uint)_keys.Length, K0, K1);
            return new Sample((double)(ThreadClock.Nanoseconds - start) / _keys.Length, sum);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _peer?.Dispose();
}
