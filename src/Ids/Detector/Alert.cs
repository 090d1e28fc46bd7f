using Weft.Packets;

namespace Weft.Ids;

/// <summary>One rule that matched one packet, stream or message.</summary>
public readonly struct Alert
{
    internal Alert(Rule rule, RuleAction action, in PacketFacts packet, in Match match, in FlowState flow, ulong number, bool blocked)
    {
        Gid = rule.Gid;
        Sid = rule.Sid;
        Rev = rule.Rev;
        Action = action;
        RejectTarget = rule.RejectTarget;
        Priority = rule.Priority;
        Source = packet.Source;
        Destination = packet.Destination;
        SourcePort = packet.SourcePort;
        DestinationPort = packet.DestinationPort;
        Protocol = packet.Protocol;
        IpVersion = packet.Version;
        PacketNumber = number;
        IsToServer = match.ToServer;
        Matched = match.Source;
        Message = match.Message;
        App = flow.App;
        Conversation = flow.Id;
        IsBlocked = blocked;
    }

    /// <summary>Group of the rule's number.</summary>
    public uint Gid { get; }

    /// <summary>Number of the rule.</summary>
    public uint Sid { get; }

    /// <summary>Revision of the rule.</summary>
    public uint Rev { get; }

    /// <summary>What the rule asks for, or what a rate filter made of it.</summary>
    public RuleAction Action { get; }

    /// <summary>Who is to be told, if <see cref="Action"/> is to reject.</summary>
    public RejectTarget RejectTarget { get; }

    /// <summary>Priority of the rule, 1 for the most important.</summary>
    public byte Priority { get; }

    /// <summary>Sender of what matched; IPv4 addresses as ::ffff:a.b.c.d.</summary>
    public IPv6Address Source { get; }

    /// <summary>Receiver of what matched; IPv4 addresses as ::ffff:a.b.c.d.</summary>
    public IPv6Address Destination { get; }

    /// <summary>Port of the sender, 0 without ports.</summary>
    public ushort SourcePort { get; }

    /// <summary>Port of the receiver, 0 without ports.</summary>
    public ushort DestinationPort { get; }

    /// <summary>Transport protocol.</summary>
    public IpProtocol Protocol { get; }

    /// <summary>Version of IP, 4 or 6; 0 for a packet of which it cannot be told.</summary>
    public byte IpVersion { get; }

    /// <summary>
    /// Number of the packet with which the match was found, from 1, among those handed to the detector. A watching detector
    /// looks at a stream when its receiver acknowledged it: the packet may be one of the other direction.
    /// </summary>
    public ulong PacketNumber { get; }

    /// <summary>True if the client of the conversation sent what matched.</summary>
    public bool IsToServer { get; }

    /// <summary>What matched.</summary>
    public AlertSource Matched { get; }

    /// <summary>Number of the message in its direction, from 0, where a message matched.</summary>
    public int Message { get; }

    /// <summary>Application protocol of the conversation, as far as it is known.</summary>
    public AppProtocol App { get; }

    /// <summary>Number of the conversation in this detector, from 1; 0 if it is not remembered.</summary>
    public ulong Conversation { get; }

    /// <summary>True if the packet is dropped on account of this rule.</summary>
    public bool IsBlocked { get; }
}
