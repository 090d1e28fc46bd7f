using System.Runtime.CompilerServices;
using Weft.Packets;
using static Weft.Packets.Unchecked;

namespace Weft.Sase.Tunnels;

/// <summary>
/// Recognizes what nearly every packet is, a whole TCP segment or UDP datagram of hosts behind an IPv4 header of five words that adds up, in as many loads as it has words.
/// Whatever it does not recognize is looked at in full; what it does is what the full look would have found.
/// </summary>
internal static class PlainPackets
{
    /// <summary>Octets of the shortest.</summary>
    public const int MinLength = IPv4Header.MinLength + UdpHeader.Length;

    private const int TcpMinLength = 20;
    private const int TcpDataOffset = 12;

    /// <summary>All bits of the word of flags and offset but "don't fragment".</summary>
    public const ulong FragmentMask = 0xBFFF;

    /// <summary>True if a header's sum over its five words is right (RFC 1071); given as they are in the packet, most significant first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AddsUp(ulong first, ulong second, uint third)
    {
        ulong sum = (first >> 32) + (uint)first + (second >> 32) + (uint)second + third;
        sum = (sum & ushort.MaxValue) + ((sum >> 16) & ushort.MaxValue) + (sum >> 32);
        sum = (sum & ushort.MaxValue) + (sum >> 16);
        return sum == ushort.MaxValue;
    }

    /// <summary>Looks at a datagram.</summary>
    /// <param name="frame">The frame, or the datagram if there is none around it.</param>
    /// <param name="at">Where the IP header begins.</param>
    /// <param name="scope">Address space of the key.</param>
    /// <param name="layout">Gets what <see cref="PacketLayout"/> would say; not filled if the answer is false.</param>
    /// <param name="key">Gets the flow.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> frame, int at, uint scope, out PacketLayout layout, out FlowKey4 key)
    {
        Unsafe.SkipInit(out layout);
        Unsafe.SkipInit(out key);
        int available = frame.Length - at;
        if (available < MinLength || frame.Length > ushort.MaxValue)
        {
            return false;
        }

        ulong first = Load64(frame, at);
        ulong second = Load64(frame, at + 8);
        ulong third = Load64(frame, at + 16);
        int total = (ushort)(first >> 32);
        var (source, destination) = (new IPv4Address((uint)second), new IPv4Address((uint)(third >> 32)));
        if (first >> 56 != 0x45 || (first & FragmentMask) != 0 || total > available || !PacketChecks.IsHost(source) || !PacketChecks.IsHost(destination) || !AddsUp(first, second, (uint)(third >> 32)))
        {
            return false;
        }

        var protocol = (IpProtocol)(byte)(second >> 48);
        int header;
        int transport = total - IPv4Header.MinLength;
        if (protocol == IpProtocol.Udp)
        {
            int promised = Load16(frame, at + IPv4Header.MinLength + 4);
            header = UdpHeader.Length;
            if (promised < UdpHeader.Length || promised > transport)
            {
                return false;
            }
        }
        else if (protocol == IpProtocol.Tcp && transport >= TcpMinLength)
        {
            header = (Load8(frame, at + IPv4Header.MinLength + TcpDataOffset) >> 4) * 4;
            if (header < TcpMinLength || header > transport)
            {
                return false;
            }
        }
        else
        {
            return false;
        }

        layout.L2Offset = 0;
        layout.L3Offset = (ushort)at;
        layout.L4Offset = (ushort)(at + IPv4Header.MinLength);
        layout.PayloadOffset = (ushort)(at + IPv4Header.MinLength + header);
        layout.EndOffset = (ushort)(at + total);
        layout.EtherType = EtherType.IPv4;
        layout.OuterTci = 0;
        layout.VlanTags = 0;
        layout.Protocol = protocol;
        layout.Flags = LayoutFlags.IPv4 | LayoutFlags.L4;
        layout.Error = LayoutError.None;
        key = new FlowKey4(source, destination, protocol, (ushort)(third >> 16), (ushort)third, scope);
        return true;
    }
}
