using System.Buffers.Binary;
using Weft.Ports.Offload;

namespace Weft.Ports;

/// <content>Superframes into tunnels and out of them.</content>
public sealed partial class PacketPool
{
    private const int UdpLengthOffset = 4;
    private const int UdpChecksumOffset = 6;

    /// <summary>Buffers for superframes that can be rented now.</summary>
    public int AvailableSuperframes => _freeSuperframeCount;

    /// <summary>What a superframe consists of.</summary>
    public SuperframeKind KindOf(scoped in Packet superframe) => TryLayOut(superframe, out SuperframeLayout layout) ? layout.Kind : SuperframeKind.Tunnelled;

    /// <summary>
    /// Cuts a superframe and puts its frames into a tunnel, as datagrams of superframes of UDP: the longest that there can be, each in a buffer of its own that
    /// the caller owns. Frames and their checksums are finished; lengths and checksums of the outer headers are left to whoever cuts the datagrams.
    /// Costs a copy and a checksum of every byte.
    /// </summary>
    /// <param name="superframe">What to cut; it stays as it is, and the caller's.</param>
    /// <param name="headers">What a frame has in front of it: Ethernet, IP, UDP and the tunnel's header. Lengths and checksums are not read.</param>
    /// <param name="tunnelBytes">How much of it is the tunnel's header.</param>
    /// <param name="datagrams">Room for the result.</param>
    /// <returns>Superframes of UDP; 0, and nothing rented, if there are no buffers or is no room for all of them, or the superframe cannot be cut.</returns>
    /// <exception cref="ArgumentException"><paramref name="headers"/> are no such headers.</exception>
    public int Encapsulate(scoped in Packet superframe, ReadOnlySpan<byte> headers, int tunnelBytes, Span<Packet> datagrams)
    {
        int outerBytes = headers.Length - tunnelBytes;
        if (!IpLayer.TryFind(headers, 0, out IpLayer ip) || ip.Protocol != IpLayer.Udp || ip.Transport + SuperframeLayout.UdpHeaderBytes != outerBytes)
        {
            throw new ArgumentException($"Ethernet, IP and UDP headers do not end {tunnelBytes} bytes before the end", nameof(headers));
        }

        if (!IsSuperframe(superframe) || !TryLayOut(superframe, out SuperframeLayout layout) || layout.IsTunnelled)
        {
            return 0;
        }

        int each = tunnelBytes + layout.HeaderBytes + layout.SegmentBytes;
        int most = Math.Min(MaxSuperframeFrames, (SuperframeLayout.MaxWholeBytes - outerBytes) / each);
        int frames = layout.SegmentsOf(superframe.Length);
        int count = most == 0 ? 0 : (frames + most - 1) / most;
        if (count > datagrams.Length || !TryRentSuperframes(datagrams[..count]))
        {
            return 0;
        }

        ReadOnlySpan<byte> whole = Bytes(superframe);
        var segmenter = new SuperframeSegmenter();
        segmenter.Begin(whole, layout);
        foreach (ref Packet into in datagrams[..count])
        {
            Span<byte> room = SuperframeRoom(into)[into.Offset..];
            headers.CopyTo(room);
            int end = outerBytes;
            for (int i = 0; i < most && segmenter.IsActive; i++)
            {
                headers[outerBytes..].CopyTo(room[end..]);
                end += tunnelBytes;
                end += segmenter.Next(whole, room[end..]);
            }

            into.Length = end;
            Span<byte> bytes = room[..end];
            ip.WriteLength(bytes, identificationStep: 0);
            Span<byte> udp = bytes[ip.Transport..];
            BinaryPrimitives.WriteUInt16BigEndian(udp[UdpLengthOffset..], (ushort)udp.Length);
            BinaryPrimitives.WriteUInt16BigEndian(udp[UdpChecksumOffset..], ip.PartialChecksum(bytes));
            Describe(into, new VirtioNetHeader(needsChecksum: true, GsoType.UdpL4, each, ip.Transport, UdpChecksumOffset, outerBytes));
        }

        return count;
    }

    /// <summary>
    /// Makes a superframe of UDP, each datagram of which has a TCP segment in a tunnel, one whose segments are below one tunnel header
    /// (<see cref="SuperframeKind.Tunnelled"/>), in place. Only segments of one connection that follow one another with right checksums are taken together,
    /// so that cutting gives what came. Costs a checksum and a copy of every byte.
    /// </summary>
    /// <returns>False, and nothing changed, if they are anything else.</returns>
    public bool TryCoalesce(ref Packet superframe)
    {
        if (!IsSuperframe(superframe) || !TryLayOut(superframe, out SuperframeLayout layout)
            || !TunnelCoalescer.TryCoalesce(Bytes(superframe), layout, out int length, out VirtioNetHeader description))
        {
            return false;
        }

        superframe.Length = length;
        Describe(superframe, description);
        return true;
    }

    private bool TryRentSuperframes(Span<Packet> packets)
    {
        for (int i = 0; i < packets.Length; i++)
        {
            if (!TryRentSuperframe(out packets[i]))
            {
                Return(packets[..i]);
                return false;
            }
        }

        return true;
    }
}
