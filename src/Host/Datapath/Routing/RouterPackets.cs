using Weft.Encap;
using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>Packets that a router's stages make.</summary>
internal static class RouterPackets
{
    /// <summary>Octets of the Ethernet header, whose addresses are written when the next hop is known.</summary>
    public const int EthernetLength = 14;

    /// <summary>Puts an IP packet into a frame of its own in the hands of a router.</summary>
    /// <param name="vector">The vector under way.</param>
    /// <param name="order">Place among the packets of the burst.</param>
    /// <param name="ingress">Port that its drop, if any, is booked under.</param>
    /// <param name="number">The interface.</param>
    /// <param name="packet">The packet from its IP header on.</param>
    /// <param name="made">The slot.</param>
    /// <returns>False if there is no slot or buffer, or the packet fits none.</returns>
    public static bool TryMake(PacketVector vector, ushort order, ushort ingress, int number, ReadOnlySpan<byte> packet, out ushort made)
    {
        if (!vector.TryGenerate(order, ingress, out made))
        {
            return false;
        }

        ref PacketContext context = ref vector[made];
        if (!vector.Pool.TrySetLength(ref context.Packet, EthernetLength + packet.Length))
        {
            vector.Drop(made, DropReason.PoolExhausted);
            return false;
        }

        Span<byte> frame = vector.Bytes(made);
        _ = new EthernetHeader { EtherType = packet[0] >> 4 == 4 ? EtherType.IPv4 : EtherType.IPv6 }.Write(frame);
        packet.CopyTo(frame[EthernetLength..]);
        _ = PacketLayout.TryParse(frame, out context.Layout);
        context.Interface = number;
        return true;
    }

    /// <summary>A packet of the burst from its network header on.</summary>
    public static Span<byte> PacketOf(PacketVector vector, ushort slot) => vector.Bytes(slot)[vector[slot].Layout.L3Offset..];

    /// <summary>The source of an IP packet.</summary>
    public static VtepAddress SourceOf(ReadOnlySpan<byte> packet)
    {
        if (IPv4View.TryParse(packet, out IPv4View v4))
        {
            return new VtepAddress(v4.Source);
        }

        _ = IPv6View.TryParse(packet, out IPv6View v6);
        return new VtepAddress(v6.Source);
    }

    /// <summary>The destination of an IP packet.</summary>
    public static VtepAddress DestinationOf(ReadOnlySpan<byte> packet)
    {
        if (IPv4View.TryParse(packet, out IPv4View v4))
        {
            return new VtepAddress(v4.Destination);
        }

        _ = IPv6View.TryParse(packet, out IPv6View v6);
        return new VtepAddress(v6.Destination);
    }
}
