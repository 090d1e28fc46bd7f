using Weft.Packets;

namespace Weft.Flows;

/// <summary>What packets have in common that a rule of a <see cref="PacketClassifier"/> is about. What is not said matches everything.</summary>
public sealed record PacketRule
{
    /// <summary>Source addresses; null for all packets, those without addresses included.</summary>
    public PrefixSet? Source { get; init; }

    /// <summary>Destination addresses; null as for <see cref="Source"/>.</summary>
    public PrefixSet? Destination { get; init; }

    /// <summary>EtherType behind VLAN tags; <see cref="Packets.EtherType.None"/> for IEEE 802.3 frames.</summary>
    public EtherType? EtherType { get; init; }

    /// <summary>Protocol behind IPv4 or all IPv6 extension headers.</summary>
    public IpProtocol? Protocol { get; init; }

    /// <summary>Source ports, or codes of ICMP; none for all.</summary>
    public IReadOnlyList<PortRange> SourcePorts { get; init; } = [];

    /// <summary>Destination ports, or types of ICMP; none for all.</summary>
    public IReadOnlyList<PortRange> DestinationPorts { get; init; } = [];

    /// <summary>Differentiated services code point (RFC 2474), 0 to 63.</summary>
    public byte? Dscp { get; init; }

    /// <summary>True for TCP segments with ACK or RST, which belong to a connection that was begun; false for all other packets.</summary>
    public bool? Established { get; init; }

    /// <summary>True for fragments that are not the first; false for all other packets.</summary>
    public bool? LaterFragments { get; init; }

    /// <summary>
    /// Whether a fragment that is not the first, and has no ports, matches a rule about ports if everything else is right. Usual for rules that
    /// permit: without its first fragment nobody can use it (RFC 1858 section 1).
    /// </summary>
    public bool MatchesWithoutPorts { get; init; }

    /// <summary>True if a packet matches. The plain form of what a <see cref="PacketClassifier"/> computes for all rules at once.</summary>
    public bool Matches(in PacketFields packet) =>
        MatchesAddress(Source, packet, packet.Source)
        && MatchesAddress(Destination, packet, packet.Destination)
        && (EtherType is null || EtherType == packet.EtherType)
        && (Protocol is null || (packet.IsIp && Protocol == packet.Protocol))
        && MatchesPort(SourcePorts, packet, packet.SourcePort)
        && MatchesPort(DestinationPorts, packet, packet.DestinationPort)
        && MatchesMarks(packet.Marks);

    /// <summary>True if the rule is content with what <see cref="PacketFields.Marks"/> says.</summary>
    internal bool MatchesMarks(byte marks)
    {
        bool isLater = (marks & PacketFields.LaterFragmentMark) != 0;
        bool isEstablished = (marks & PacketFields.EstablishedMark) != 0;
        return (Dscp is null || Dscp == (marks & PacketFields.DscpMarks))
            && (LaterFragments is null || LaterFragments == isLater)
            && (Established is null || (isLater ? MatchesWithoutPorts : Established == isEstablished));
    }

    private bool MatchesPort(IReadOnlyList<PortRange> ranges, in PacketFields packet, ushort port) =>
        ranges.Count == 0 || (packet.IsLaterFragment ? MatchesWithoutPorts : packet.HasPorts && ranges.Any(range => range.Contains(port)));

    private static bool MatchesAddress(PrefixSet? set, in PacketFields packet, IPv6Address address) =>
        set is null || (packet.IsIPv4 ? set.Contains(new IPv4Address((uint)address.Low)) : packet.IsIp && set.Contains(address));
}
