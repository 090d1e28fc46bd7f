using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// The other side of the hosts, for tests and for networks without a router that can do it: takes packets for shared addresses
/// and tunnels each to the host that owns its port. It knows no mapping or session. Without <see cref="Owners"/> it knows no host
/// either: address and port give the outer destination, and the routers of the data centre do the rest. With them it
/// sends to the owner itself, and routers need to know hosts only.
/// </summary>
/// <remarks>
/// The port is that of the transport header; of ICMP queries the identifier; of ICMP errors the port of the packet they are about,
/// which a router cannot see. Fragments follow their first one in any order; those for which there is no room to wait go to port
/// 0, that is, to whoever announces the whole address. One thread uses a gateway.
/// </remarks>
public sealed class DsnatGateway : IDisposable
{
    private const int DestinationOffset = 24;

    private readonly DsnatAddressPlan _plan;
    private readonly NatTunnel _tunnel;
    private readonly FragmentTracker<FragmentKey4, ushort> _fragments;
    private readonly byte[] _fragment;
    private long _unowned;

    /// <summary>Creates a gateway.</summary>
    /// <param name="options">Its end of the tunnels.</param>
    /// <param name="fragments">How many fragments it follows.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public DsnatGateway(NatTunnelOptions options, FragmentTrackerOptions fragments)
    {
        _tunnel = new NatTunnel(options);
        _plan = options.Plan;
        _fragments = new FragmentTracker<FragmentKey4, ushort>(fragments);
        _fragment = new byte[fragments.FragmentBytes];
    }

    /// <summary>Its end of the tunnels, for counters and ICMP errors.</summary>
    public NatTunnel Tunnel => _tunnel;

    /// <summary>Who owns which port, to be exchanged between two packets; null, the default, if routers know.</summary>
    public PortOwnerTable? Owners { get; set; }

    /// <summary>Packets for ports that nobody owned.</summary>
    public long Unowned => _unowned;

    /// <summary>What happened to fragments so far.</summary>
    public ref readonly FragmentCounters FragmentCounters => ref _fragments.Counters;

    /// <summary>The port that says whose a packet for a shared address is.</summary>
    /// <param name="datagram">An IPv4 datagram that is no later fragment.</param>
    /// <param name="shared">Gets the shared address.</param>
    /// <param name="port">Gets the port.</param>
    /// <returns>False if it is damaged or of a protocol without ports.</returns>
    public static bool TryGetPortKey(ReadOnlySpan<byte> datagram, out IPv4Address shared, out ushort port)
    {
        (shared, port) = (default, 0);
        if (NatPacket.Read(datagram, out NatPacket at) != NatDropReason.None || at.IsLaterFragment)
        {
            return false;
        }

        return TryGetPortKey(datagram, in at, out shared, out port);
    }

    /// <summary>Tunnels a packet to the host that owns its port.</summary>
    /// <typeparam name="TSink">Where packets go.</typeparam>
    /// <param name="datagram">The packet; unchanged.</param>
    /// <param name="now">The time.</param>
    /// <param name="sink">Gets what is sent: also fragments that waited for this one.</param>
    public NatEncapVerdict Forward<TSink>(ReadOnlySpan<byte> datagram, Timestamp now, ref TSink sink)
        where TSink : struct, INatTunnelSink, allows ref struct
    {
        if (NatPacket.Read(datagram, out NatPacket at) != NatDropReason.None)
        {
            return NatEncapVerdict.Malformed;
        }

        var key = new FragmentKey4(at.Source, at.Destination, at.Protocol, at.Identification);
        if (at.IsLaterFragment)
        {
            if (!_fragments.TryFind(in key, now, out ushort known) && _fragments.TryHold(in key, at.Source.Value, datagram[..at.TotalLength], 0, now))
            {
                return NatEncapVerdict.Held;
            }

            return Send(datagram, at.Destination, known, ref sink);
        }

        if (!TryGetPortKey(datagram, in at, out IPv4Address shared, out ushort port))
        {
            return NatEncapVerdict.Malformed;
        }

        NatEncapVerdict verdict = Send(datagram, shared, port, ref sink);
        if (at.IsFragment)
        {
            _ = _fragments.Learn(in key, in port, now);
            while (_fragments.TryTakeReleased(_fragment, out int length, out _, out _))
            {
                _ = Send(_fragment.AsSpan(0, length), shared, port, ref sink);
            }
        }

        return verdict;
    }

    /// <summary>
    /// Gives a packet that a host sent on to a port's address in the plan the address of the port's owner, in place. Its source stays, by which the owner knows that it
    /// was sent on.
    /// </summary>
    /// <param name="packet">The IPv6 packet.</param>
    /// <returns>
    /// <see cref="NatEncapVerdict.Sent"/> if it is to be routed now, <see cref="NatEncapVerdict.NoOwner"/>, or <see cref="NatEncapVerdict.Malformed"/> if it is no such packet.
    /// </returns>
    public NatEncapVerdict Readdress(Span<byte> packet)
    {
        if (!IPv6View.TryParse(packet, out IPv6View view) || !_plan.TryParse(view.Destination, out IPv4Address shared, out ushort port))
        {
            return NatEncapVerdict.Malformed;
        }

        if (!TryFindOwner(shared, port, out IPv6Address owner))
        {
            return NatEncapVerdict.NoOwner;
        }

        owner.Write(packet[DestinationOffset..IPv6Header.Length]);
        return NatEncapVerdict.Sent;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _fragments.Dispose();

    private NatEncapVerdict Send<TSink>(ReadOnlySpan<byte> datagram, IPv4Address shared, ushort port, ref TSink sink)
        where TSink : struct, INatTunnelSink, allows ref struct =>
        TryFindOwner(shared, port, out IPv6Address owner) ? _tunnel.Encapsulate(datagram, owner, forwarding: true, ref sink) : NatEncapVerdict.NoOwner;

    private bool TryFindOwner(IPv4Address shared, ushort port, out IPv6Address owner)
    {
        if (Owners is null)
        {
            owner = _plan.ToIPv6(shared, port);
            return true;
        }

        bool isOwned = Owners.TryFind(shared, port, out owner);
        _unowned += isOwned ? 0 : 1;
        return isOwned;
    }

    private static bool TryGetPortKey(ReadOnlySpan<byte> datagram, in NatPacket at, out IPv4Address shared, out ushort port)
    {
        shared = at.Destination;
        port = at.DestinationPort;
        if (at.Kind != NatPacketKind.IcmpError)
        {
            // A query of ICMP for a shared address: its own identifier is as good as any.
            port = at.Protocol == IpProtocol.Icmp && at.Kind == NatPacketKind.Flow ? at.SourcePort : port;
            return true;
        }

        bool parsed = IcmpView.TryParse(datagram[at.HeaderLength..at.TotalLength], out IcmpView icmp);
        if (!parsed || !EmbeddedFlow.TryRead(icmp.EmbeddedPacket, out FlowKey4 about))
        {
            return false;
        }

        port = about.SourcePort;
        return about.Source == shared;
    }
}
