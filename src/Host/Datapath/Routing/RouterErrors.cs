using Weft.Encap;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>Writes the ICMP errors of routers and sends them back along the route to whoever caused them.</summary>
internal sealed class RouterErrors(Routers routers, RouterOutput output)
{
    private readonly byte[] _packet = new byte[IcmpError.MaxIPv6Bytes];

    /// <summary>Errors sent since the start.</summary>
    public long Sent { get; private set; }

    /// <summary>Errors that a limit kept back.</summary>
    public long Limited { get; private set; }

    /// <summary>Tells the sender of a packet, if it may be told and can be reached. The packet itself stays as it is.</summary>
    /// <param name="vector">The vector under way.</param>
    /// <param name="slot">The packet; its interface says whose router speaks.</param>
    /// <param name="error">What is wrong.</param>
    /// <param name="mtu">For <see cref="RouteError.TooBig"/>: what fits.</param>
    public void Send(PacketVector vector, ushort slot, RouteError error, int mtu = 0)
    {
        PacketContext cause = vector[slot];
        ReadOnlySpan<byte> packet = vector.Bytes(slot)[cause.Layout.L3Offset..cause.Layout.EndOffset];
        VtepAddress sender = RouterPackets.SourceOf(packet);
        if (!IcmpError.MayAnswer(packet) || routers.WayTo(sender, cause.Interface) is not RouteTarget target)
        {
            return;
        }

        int speaker = routers.SpeakerOf(target.Interface, !sender.IsIPv4);
        if (speaker < 0)
        {
            return;
        }

        if (!routers.Interfaces[target.Interface].Errors.TryTake(vector.Now, 1))
        {
            Limited++;
            return;
        }

        int length = Write(packet, routers.Locals[speaker], error, (uint)mtu, _packet);
        if (!RouterPackets.TryMake(vector, cause.Order, cause.Ingress, cause.Interface, _packet.AsSpan(0, length), out ushort made))
        {
            return;
        }

        Sent++;
        vector.Trace?.Note(StageId.Route, $"tells {sender}: {Words(error, mtu)}");
        if ((cause.Marks & RouteMarks.Translated) != 0)
        {
            // It quotes an address of the inside; the translator gives it the one that the sender knows.
            vector.Forward(made, StageId.Nat);
            return;
        }

        output.Send(vector, made, target, sender);
    }

    private static int Write(ReadOnlySpan<byte> packet, LocalAddress from, RouteError error, uint mtu, Span<byte> destination)
    {
        if (from.Address.IsIPv6)
        {
            (IcmpV6Type type, byte code) = TypeOf6(error);
            return IcmpError.Write(packet, from.Address.V6, type, code, error == RouteError.TooBig ? mtu : error == RouteError.ProtocolUnreachable ? NextHeaderOf(packet) : 0, destination);
        }

        (IcmpType type4, byte code4) = TypeOf4(error);
        return IcmpError.Write(packet, from.Address.V4, type4, code4, error == RouteError.TooBig ? mtu : 0, destination);
    }

    /// <summary>Types and codes of RFC 792, RFC 1191 section 4 and RFC 1812 section 5.2.7.1.</summary>
    private static (IcmpType, byte) TypeOf4(RouteError error) => error switch
    {
        RouteError.TimeExceeded => (IcmpType.TimeExceeded, 0),
        RouteError.NetworkUnreachable => (IcmpType.DestinationUnreachable, 0),
        RouteError.HostUnreachable => (IcmpType.DestinationUnreachable, 1),
        RouteError.ProtocolUnreachable => (IcmpType.DestinationUnreachable, 2),
        RouteError.PortUnreachable => (IcmpType.DestinationUnreachable, 3),
        RouteError.TooBig => (IcmpType.DestinationUnreachable, 4),
        _ => (IcmpType.DestinationUnreachable, 13),
    };

    /// <summary>Types and codes of RFC 4443 section 3.</summary>
    private static (IcmpV6Type, byte) TypeOf6(RouteError error) => error switch
    {
        RouteError.TimeExceeded => (IcmpV6Type.TimeExceeded, 0),
        RouteError.NetworkUnreachable => (IcmpV6Type.DestinationUnreachable, 0),
        RouteError.HostUnreachable => (IcmpV6Type.DestinationUnreachable, 3),
        RouteError.ProtocolUnreachable => (IcmpV6Type.ParameterProblem, 1),
        RouteError.PortUnreachable => (IcmpV6Type.DestinationUnreachable, 4),
        RouteError.TooBig => (IcmpV6Type.PacketTooBig, 0),
        _ => (IcmpV6Type.DestinationUnreachable, 1),
    };

    /// <summary>Where the header field stands that names the unknown protocol (RFC 4443 section 3.4).</summary>
    private static uint NextHeaderOf(ReadOnlySpan<byte> packet)
    {
        _ = IPv6View.TryParse(packet, out IPv6View view);
        int at = 6;
        IpProtocol next = view.NextHeader;
        for (int offset = IPv6Header.Length, headers = 0; headers < IPv6ExtensionWalk.MaxHeaders && IPv6ExtensionWalk.IsExtension(next) && offset + 1 < packet.Length; headers++)
        {
            (at, next) = (offset, (IpProtocol)packet[offset]);
            offset += (packet[offset + 1] + 1) * 8;
        }

        return (uint)at;
    }

    private static string Words(RouteError error, int mtu) => error switch
    {
        RouteError.TimeExceeded => "time exceeded",
        RouteError.NetworkUnreachable => "network unreachable",
        RouteError.HostUnreachable => "host unreachable",
        RouteError.ProtocolUnreachable => "protocol unreachable",
        RouteError.PortUnreachable => "port unreachable",
        RouteError.TooBig => $"packets of {mtu} bytes fit",
        _ => "prohibited",
    };
}
