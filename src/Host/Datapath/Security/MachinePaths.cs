using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Datapath.Security;

/// <summary>
/// How long sealed packets to other machines may be, as routers on the way say (RFC 1191, RFC 8201). A message counts only if it quotes a packet with the SPI of an
/// association to that machine and a sequence number that was used (RFC 4301 section 8.2), and holds for ten minutes. What is inside is not to be read from
/// it: the sender is told when it next sends what does not fit.
/// </summary>
/// <param name="most">Most machines of each family.</param>
internal sealed class MachinePaths(int most)
{
    private readonly PathMtuTable _paths4 = Create(new VtepAddress(IPv4Address.Any), most);
    private readonly PathMtuTable _paths6 = Create(new VtepAddress(IPv6Address.Any), most);

    /// <summary>Knows a machine from now on.</summary>
    /// <returns>The number of the way to it, or -1 if there is none.</returns>
    public int Track(TunnelAddress peer, PeerSecurity security)
    {
        VtepAddress address = VtepOptionsFactory.AddressOf(peer);
        if (!address.IsUnicast)
        {
            return -1;
        }

        PathMtuTable paths = TableOf(peer);
        int path = paths.Track(address, default);
        paths.Protect(path, security.Outbound.Select(association => association.Sa));
        return path;
    }

    /// <summary>Longest IP packet that the way to a machine is known to carry; a way that carries less than any host must take is of no use.</summary>
    public int MtuTo(MachinePeer peer, Timestamp now)
    {
        if (peer.Path < 0)
        {
            return ushort.MaxValue;
        }

        PathMtuTable paths = TableOf(peer.Plan.Peer);
        if (now >= paths.NextDeadline)
        {
            while (paths.TryAdvance(now, out _))
            {
                // Ways that were found smaller some time ago are tried larger again.
            }
        }

        return Math.Max(paths.MtuOf(peer.Path), TunnelPeer.MinPathMtu);
    }

    /// <summary>Offers an ICMP error about a sealed packet. True if a way was found to be smaller.</summary>
    public bool TryLearn(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now) =>
        (layout.IsIPv4 ? _paths4 : _paths6).OnPacketTooBig(frame, layout, now, out _) == PathMtuVerdict.Lowered;

    /// <summary>Goes on with what another configuration knew of a way.</summary>
    public void CarryOver(MachinePeer peer, MachinePaths old, MachinePeer known)
    {
        if (peer.Path >= 0 && known.Path >= 0)
        {
            TableOf(peer.Plan.Peer).CarryOver(peer.Path, old.TableOf(known.Plan.Peer), known.Path);
        }
    }

    private PathMtuTable TableOf(TunnelAddress peer) => peer.IsIPv6 ? _paths6 : _paths4;

    private static PathMtuTable Create(VtepAddress any, int most) =>
        new(new PathMtuOptions { Address = any, AnySource = true, UdpPort = EspHeader.UdpPort, MaxMtuBytes = ushort.MaxValue, Capacity = Math.Max(1, most) });
}
