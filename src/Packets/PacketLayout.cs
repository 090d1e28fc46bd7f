namespace Weft.Packets;

/// <summary>Where the headers of one frame are: found once, carried with the packet, read by every stage.</summary>
/// <remarks>
/// All offsets count from the start of the span that was parsed. After <see cref="TryParse"/> returned true every offset
/// lies within that span and the header it names is whole, until somebody changes the bytes' length.
/// </remarks>
public struct PacketLayout
{
    /// <summary>Offset of the Ethernet header.</summary>
    public ushort L2Offset;

    /// <summary>Offset of the network header (IPv4, IPv6, ARP …), or of whatever follows the EtherType.</summary>
    public ushort L3Offset;

    /// <summary>
    /// Offset behind the IP header, its options and extension headers: the transport header if <see cref="HasL4"/>. Equals
    /// <see cref="L3Offset"/> where there is no IP header.
    /// </summary>
    public ushort L4Offset;

    /// <summary>
    /// Offset of the transport payload: behind TCP options, the 8 octets of UDP, ICMP, IGMP and ESP, the 12 of SCTP's common
    /// header, the first 4 of GRE. Equals <see cref="L4Offset"/> where there is no transport header.
    /// </summary>
    public ushort PayloadOffset;

    /// <summary>End of the network datagram: Ethernet padding lies behind it.</summary>
    public ushort EndOffset;

    /// <summary>EtherType behind all VLAN tags, <see cref="Packets.EtherType.None"/> for an IEEE 802.3 length.</summary>
    public EtherType EtherType;

    /// <summary>Tag control information of the outermost VLAN tag, 0 if untagged (IEEE 802.1Q 9.6: PCP 3 bits, DEI 1, VID 12).</summary>
    public ushort OuterTci;

    /// <summary>Number of VLAN tags.</summary>
    public byte VlanTags;

    /// <summary>Transport protocol behind IPv4 or all IPv6 extension headers.</summary>
    public IpProtocol Protocol;

    /// <summary>What was found.</summary>
    public LayoutFlags Flags;

    /// <summary>Why parsing stopped before the transport payload; <see cref="LayoutError.None"/> if nothing was wrong.</summary>
    public LayoutError Error;

    /// <summary>VLAN identifier of the outermost tag, 0 if untagged or priority-tagged.</summary>
    public readonly ushort VlanId => (ushort)(OuterTci & 0x0FFF);

    /// <summary>True if an IPv4 header was found whole.</summary>
    public readonly bool IsIPv4 => (Flags & LayoutFlags.IPv4) != 0;

    /// <summary>True if an IPv6 header was found whole.</summary>
    public readonly bool IsIPv6 => (Flags & LayoutFlags.IPv6) != 0;

    /// <summary>True if the transport header's first bytes (ports, type) are present and whole.</summary>
    public readonly bool HasL4 => (Flags & LayoutFlags.L4) != 0;

    /// <summary>True for any IP fragment, the first included.</summary>
    public readonly bool IsFragment => (Flags & LayoutFlags.Fragment) != 0;

    /// <summary>
    /// Finds the headers of the Ethernet frame that starts at <paramref name="offset"/>; pass the offset of the inner frame to
    /// lay out what a tunnel carries.
    /// </summary>
    /// <param name="frame">The bytes, without a frame check sequence.</param>
    /// <param name="layout">Filled as far as the frame could be understood, whatever is returned.</param>
    /// <param name="offset">Where the Ethernet header starts.</param>
    /// <returns>
    /// False if not even the Ethernet header and its tags are whole (the frame can only be dropped). True otherwise: a frame
    /// whose IP header is damaged is still a frame that a bridge may forward, and <see cref="Error"/> says what is wrong.
    /// </returns>
    public static bool TryParse(ReadOnlySpan<byte> frame, out PacketLayout layout, int offset = 0) => PacketLayoutParser.TryParse(frame, offset, out layout);

    /// <summary>
    /// Finds the headers of a datagram without an Ethernet header, as VXLAN-GPE, Geneve, GRE and NSH carry them:
    /// <see cref="L2Offset"/> and <see cref="L3Offset"/> are both <paramref name="offset"/>.
    /// </summary>
    /// <param name="frame">The bytes that hold the datagram.</param>
    /// <param name="etherType">What the datagram is.</param>
    /// <param name="layout">Filled as far as the datagram could be understood.</param>
    /// <param name="offset">Where the datagram starts.</param>
    /// <returns>False only if <paramref name="offset"/> is outside the frame or the frame is longer than 65,535 bytes.</returns>
    public static bool TryParseNetwork(ReadOnlySpan<byte> frame, EtherType etherType, out PacketLayout layout, int offset = 0) =>
        PacketLayoutParser.TryParseNetwork(frame, offset, etherType, out layout);
}
