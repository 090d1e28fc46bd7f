using Weft.Bench.Ratios;

namespace Weft.Bench.Encap;

/// <summary>DPDK's ip_frag library, loaded and started once a process: its EAL starts no second time.</summary>
internal static unsafe class IpFragPeer
{
    private static NativePeer? _peer;
    private static string? _whyNot;

    /// <summary>The peer; meaningful once <see cref="Start"/> returned null.</summary>
    public static NativePeer Instance => _peer!;

    /// <summary>Starts it unless it runs.</summary>
    /// <returns>Why it does not, or null.</returns>
    public static string? Start()
    {
        if (_peer is null && _whyNot is null)
        {
            NativePeer? peer = NativePeer.TryLoad("ip_frag.c", ["libdpdk"], [], out _whyNot);
            if (peer is not null)
            {
                _whyNot = ((delegate* unmanaged<int>)peer.Function("peer_start"))() == 0 ? null : "DPDK does not start here";
                _peer = _whyNot is null ? peer : null;
            }
        }

        return _whyNot;
    }
}
