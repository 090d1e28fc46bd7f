using Weft.Packets;

namespace Weft.Ids;

/// <summary>One rule that matched one packet.</summary>
public readonly struct Alert
{
    internal Alert(Rule rule, in PacketFacts packet, ulong number)
    {
        Gid = rule.Gid;
        Sid = rule.Sid;
        Rev = rule.Rev;
        Action = rule.Action;
        Priority = rule.Priority;
        Source = packet.Source;
        Destination = packet.Destination;
        SourcePort = packet.SourcePort;
        DestinationPort = packet.DestinationPort;
        Protocol = packet.Protocol;
        PacketNumber = number;
    }

    /// <summary>Group of the rule's number.</summary>
    public uint Gid { get; }

    /// <summary>Number of the rule.</summary>
    public uint Sid { get; }

    /// <summary>Revision of the rule.</summary>
    public uint Rev { get; }

    /// <summary>What the rule asks for.</summary>
    public RuleAction Action { get; }

    /// <summary>Priority of the rule, 1 for the most important.</summary>
    public byte Priority { get; }

    /// <summary>Sender of the packet; IPv4 addresses as ::ffff:a.b.c.d.</summary>
    public IPv6Address Source { get; }

    /// <summary>Receiver of the packet; IPv4 addresses as ::ffff:a.b.c.d.</summary>
    public IPv6Address Destination { get; }

    /// <summary>Port of the sender, 0 without ports.</summary>
    public ushort SourcePort { get; }

    /// <summary>Port of the receiver, 0 without ports.</summary>
    public ushort DestinationPort { get; }

    /// <summary>Transport protocol.</summary>
    public IpProtocol Protocol { get; }

    /// <summary>Number of the packet among those handed to the detector, from 1.</summary>
    public ulong PacketNumber { get; }
}
