using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>The word of ports, scope and protocol that both flow keys end with.</summary>
internal static class FlowPorts
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Pack(IpProtocol protocol, ushort sourcePort, ushort destinationPort, uint scope) =>
        ((ulong)sourcePort << 48) | ((ulong)destinationPort << 32) | (scope << 8) | (byte)protocol;

    /// <summary>Exchanges the two ports.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Swap(ulong word) => (word >> 16 & 0x0000_FFFF_0000_0000) | (word << 16 & 0xFFFF_0000_0000_0000) | (uint)word;

    /// <summary>Reads the word from the transport header that <paramref name="layout"/> found; false if there is none to read.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, uint scope, out ulong word)
    {
        word = (scope << 8) | (byte)layout.Protocol;
        switch (layout.Protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp:
                if (!layout.HasL4)
                {
                    return false;
                }

                word |= (ulong)BinaryPrimitives.ReadUInt32BigEndian(frame[layout.L4Offset..]) << 32;
                return true;
            case IpProtocol.Icmp or IpProtocol.IcmpV6:
                return layout.HasL4 && TryReadQuery(frame[layout.L4Offset..], layout.Protocol, ref word);
            default:
                return layout.Error == LayoutError.None && (layout.Flags & LayoutFlags.LaterFragment) == 0;
        }
    }

    private static bool TryReadQuery(ReadOnlySpan<byte> icmp, IpProtocol protocol, ref ulong word)
    {
        ulong identifier = BinaryPrimitives.ReadUInt16BigEndian(icmp[IcmpFacts.IdentifierOffset..]);
        switch (IcmpFacts.RoleOf(protocol, icmp[0]))
        {
            case IcmpQueryRole.Request:
                word |= identifier << 48;
                return true;
            case IcmpQueryRole.Reply:
                word |= identifier << 32;
                return true;
            default:
                return false;
        }
    }
}
