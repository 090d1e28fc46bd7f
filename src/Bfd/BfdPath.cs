using Weft.Packets;

namespace Weft.Bfd;

/// <summary>
/// The frames of a session between two machines on one link, or through one tunnel: addresses and ports around the control packets
/// (RFC 5881; inside VXLAN RFC 8971, inside Geneve RFC 9521, where the same frame is the inner one).
/// </summary>
public sealed record BfdPath
{
    /// <summary>Smallest source port (RFC 5881 section 4).</summary>
    public const ushort MinSourcePort = 49152;

    /// <summary>Octets of the longest frame: a tag and IPv6.</summary>
    public const int MaxFrameLength = EthernetLength + VlanTag.Length + IPv6Header.Length + UdpHeader.Length + BfdControlPacket.MinLength;

    private const int EthernetLength = 14;
    private const byte OnlyHop = 255;

    /// <summary>Class selector 6: routing and liveness protocols (RFC 4594 section 3.2).</summary>
    private const byte NetworkControl = 48;

    /// <summary>Own MAC address.</summary>
    public required MacAddress LocalMac { get; init; }

    /// <summary>
    /// The other side's MAC address. Where it is not known, 01-00-5E-90-00-01, which RFC 7130 section 2.2 gave to BFD, reaches every
    /// machine of a VLAN; in a tunnel 00-00-5E-00-52-02 (RFC 8971).
    /// </summary>
    public required MacAddress RemoteMac { get; init; }

    /// <summary>Own address; IPv4 mapped into IPv6 for IPv4.</summary>
    public required IPv6Address Local { get; init; }

    /// <summary>The other side's address, of the same family.</summary>
    public required IPv6Address Remote { get; init; }

    /// <summary>Tag of the frames, 0 for none.</summary>
    public ushort Vlan { get; init; }

    /// <summary>Source port, <see cref="MinSourcePort"/> to 65535 and the same for the life of a session.</summary>
    public ushort SourcePort { get; init; } = MinSourcePort;

    private bool IsIPv4 => Local.High == 0 && Local.Low >> 32 == 0xFFFF;

    /// <summary>An IPv4 address as this type wants it.</summary>
    public static IPv6Address Map(IPv4Address address) => new(0, 0xFFFF_0000_0000UL | address.Value);

    /// <summary>Writes a frame: TTL or hop limit 255 (RFC 5881 section 5), DSCP CS6, UDP checksum computed.</summary>
    /// <param name="frame">Where to; <see cref="MaxFrameLength"/> bytes are enough.</param>
    /// <param name="packet">The control packet.</param>
    /// <returns>Octets written.</returns>
    /// <exception cref="ArgumentException"><paramref name="frame"/> is too short.</exception>
    public int Write(Span<byte> frame, in BfdControlPacket packet)
    {
        if (frame.Length < MaxFrameLength)
        {
            throw new ArgumentException($"The frame holds {frame.Length} bytes; {MaxFrameLength} are needed.", nameof(frame));
        }

        RemoteMac.Write(frame);
        LocalMac.Write(frame[MacAddress.Length..]);
        int at = 2 * MacAddress.Length;
        if (Vlan != 0)
        {
            Put(frame, at, (ushort)EtherType.VlanTag);
            Put(frame, at + 2, Vlan);
            at += VlanTag.Length;
        }

        Put(frame, at, (ushort)(IsIPv4 ? EtherType.IPv4 : EtherType.IPv6));
        at += 2;
        const int Payload = UdpHeader.Length + BfdControlPacket.MinLength;
        at += IsIPv4
            ? new IPv4Header { Dscp = NetworkControl, TimeToLive = OnlyHop, Protocol = IpProtocol.Udp, PayloadLength = Payload, Source = V4(Local), Destination = V4(Remote) }.Write(frame[at..])
            : new IPv6Header { Dscp = NetworkControl, HopLimit = OnlyHop, NextHeader = IpProtocol.Udp, PayloadLength = Payload, Source = Local, Destination = Remote }.Write(frame[at..]);
        Span<byte> udp = frame.Slice(at, Payload);
        _ = new UdpHeader(SourcePort, BfdControlPacket.SingleHopPort, BfdControlPacket.MinLength).Write(udp);
        _ = packet.Write(udp[UdpHeader.Length..]);
        Put(udp, UdpHeader.ChecksumOffset, InternetChecksum.ComputeUdp(udp, PseudoHeader(Local, Remote, Payload)));
        return at + Payload;
    }

    /// <summary>Finds the control packet in a frame of this path: from the other side, to us, to UDP port 3784, checksum right.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="payload">The control packet, not judged yet.</param>
    /// <param name="timeToLive">TTL or hop limit, which the session judges.</param>
    /// <returns>False if the frame is none of this path's.</returns>
    public bool TryFind(ReadOnlySpan<byte> frame, in PacketLayout layout, out ReadOnlySpan<byte> payload, out byte timeToLive)
    {
        payload = default;
        timeToLive = 0;
        if (layout.Protocol != IpProtocol.Udp || !layout.HasL4 || layout.IsFragment || layout.IsIPv6 == IsIPv4)
        {
            return false;
        }

        if (!TryReadAddresses(frame[layout.L3Offset..], out IPv6Address source, out IPv6Address destination, out timeToLive)
            || source != Remote || destination != Local
            || !UdpView.TryParse(frame[layout.L4Offset..layout.EndOffset], out UdpView udp)
            || udp.DestinationPort != BfdControlPacket.SingleHopPort || udp.IsTruncated)
        {
            return false;
        }

        // Without a checksum a flipped bit could take a session down; only IPv4 allows none.
        bool intact = udp.Checksum == 0 ? IsIPv4 : udp.IsChecksumValid(PseudoHeader(source, destination, udp.Length));
        payload = intact ? frame.Slice(layout.L4Offset + UdpHeader.Length, udp.Length - UdpHeader.Length) : default;
        return intact;
    }

    private static void Put(Span<byte> bytes, int at, ushort value) => System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes[at..], value);

    private static IPv4Address V4(IPv6Address address) => new((uint)address.Low);

    private bool TryReadAddresses(ReadOnlySpan<byte> packet, out IPv6Address source, out IPv6Address destination, out byte timeToLive)
    {
        (source, destination, timeToLive) = (default, default, 0);
        if (IsIPv4)
        {
            if (!IPv4View.TryParse(packet, out IPv4View v4))
            {
                return false;
            }

            (source, destination, timeToLive) = (Map(v4.Source), Map(v4.Destination), v4.TimeToLive);
            return true;
        }

        if (!IPv6View.TryParse(packet, out IPv6View v6))
        {
            return false;
        }

        (source, destination, timeToLive) = (v6.Source, v6.Destination, v6.HopLimit);
        return true;
    }

    private uint PseudoHeader(IPv6Address source, IPv6Address destination, int length) => IsIPv4
        ? InternetChecksum.PseudoHeader(V4(source), V4(destination), IpProtocol.Udp, length)
        : InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, length);
}
