using System.Buffers.Binary;

namespace Weft.Ports.Offload;

/// <summary>
/// Where the headers of a superframe are: an IP and transport header to be repeated on every segment, and below them, if the
/// sender's kernel tunnelled it, an outer IP and UDP header.
/// </summary>
/// <param name="Inner">The IP header whose transport is cut.</param>
/// <param name="Outer">The tunnel's IP header, if <paramref name="IsTunnelled"/>.</param>
/// <param name="IsTunnelled">True for VXLAN and Geneve around the frame that is cut.</param>
/// <param name="HeaderBytes">Bytes that every segment begins with.</param>
/// <param name="SegmentBytes">Payload of every segment but the last.</param>
internal readonly record struct SuperframeLayout(IpLayer Inner, IpLayer Outer, bool IsTunnelled, int HeaderBytes, int SegmentBytes)
{
    public const int UdpHeaderBytes = 8;
    private const int MinTcpHeaderBytes = 20;
    public const int TunnelHeaderBytes = 8;
    private const ushort TransparentEthernet = 0x6558;
    private const byte VxlanHasVni = 0x08;

    /// <summary>Offsets within a packet have 16 bits, and a tag may be put in front.</summary>
    public const int MaxWholeBytes = ushort.MaxValue - 8;

    /// <summary>Who can send it as it is.</summary>
    public SuperframeKind Kind => IsTunnelled ? SuperframeKind.Tunnelled : Inner.Protocol == IpLayer.Udp ? SuperframeKind.Udp : SuperframeKind.Tcp;

    /// <summary>Frames that a superframe of this length is cut into.</summary>
    public int SegmentsOf(int superframeBytes) => Math.Max(1, (superframeBytes - HeaderBytes + SegmentBytes - 1) / SegmentBytes);

    /// <summary>True if a superframe can stay whole: its frames fit buffers, and are not so many that those of a burst would overflow everything behind.</summary>
    public bool CanPassWhole(int superframeBytes, int maxFrameBytes) =>
        superframeBytes <= MaxWholeBytes && HeaderBytes + SegmentBytes <= maxFrameBytes && SegmentsOf(superframeBytes) <= PacketPool.MaxSuperframeFrames;

    /// <summary>Checks a frame against what the kernel says about it. Nothing of the description is believed that the frame does not show.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, in VirtioNetHeader header, out SuperframeLayout layout)
    {
        layout = default;
        // Cutting needs a checksum to be redone on each piece, so the two always come together.
        if (!header.NeedsChecksum || header.GsoSize == 0 || !IpLayer.TryFind(frame, 0, out IpLayer outer))
        {
            return false;
        }

        IpLayer inner = outer;
        bool isTunnelled = outer.Transport != header.ChecksumStart;
        if (isTunnelled && !TryFindInner(frame, outer, header.ChecksumStart, out inner))
        {
            return false;
        }

        if (!TryFindPayload(frame, inner, header.GsoType, out int payload))
        {
            return false;
        }

        layout = new SuperframeLayout(inner, outer, isTunnelled, payload, header.GsoSize);
        return true;
    }

    /// <summary>
    /// Finds the frame inside VXLAN (RFC 7348) or Geneve (RFC 8926). Ports are not asked, tunnels move them: what decides is
    /// that the inner transport header lies exactly where the kernel says.
    /// </summary>
    private static bool TryFindInner(ReadOnlySpan<byte> frame, IpLayer outer, int transport, out IpLayer inner)
    {
        inner = default;
        int tunnel = outer.Transport + UdpHeaderBytes;
        if (outer.Protocol != IpLayer.Udp || tunnel + TunnelHeaderBytes > frame.Length)
        {
            return false;
        }

        byte first = frame[tunnel];
        bool isGeneve = first >> 6 == 0 && BinaryPrimitives.ReadUInt16BigEndian(frame[(tunnel + 2)..]) == TransparentEthernet;
        if (isGeneve && IpLayer.TryFind(frame, tunnel + TunnelHeaderBytes + (first & 0x3F) * 4, out inner) && inner.Transport == transport)
        {
            return true;
        }

        return (first & VxlanHasVni) != 0 && IpLayer.TryFind(frame, tunnel + TunnelHeaderBytes, out inner) && inner.Transport == transport;
    }

    /// <summary>Finds the end of the headers that are repeated.</summary>
    internal static bool TryFindPayload(ReadOnlySpan<byte> frame, IpLayer inner, GsoType type, out int payload)
    {
        payload = inner.Transport;
        switch (type)
        {
            case GsoType.TcpV4 when !inner.IsV6 && inner.Protocol == IpLayer.Tcp:
            case GsoType.TcpV6 when inner.IsV6 && inner.Protocol == IpLayer.Tcp:
                if (inner.Transport + MinTcpHeaderBytes > frame.Length)
                {
                    return false;
                }

                int length = (frame[inner.Transport + 12] >> 4) * 4;
                payload += length;
                return length >= MinTcpHeaderBytes && payload <= frame.Length;
            case GsoType.UdpL4 when inner.Protocol == IpLayer.Udp:
                payload += UdpHeaderBytes;
                return payload <= frame.Length;
            default:
                return false;
        }
    }
}
