using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What a <see cref="LearningBridge"/> decided about one frame.</summary>
public readonly record struct BridgeDecision
{
    /// <summary>What is to be done.</summary>
    public BridgeAction Action { get; init; }

    /// <summary>Why, if it is to be dropped.</summary>
    public BridgeDropReason Reason { get; init; }

    /// <summary>What happened to the source address.</summary>
    public LearnResult Learned { get; init; }

    /// <summary>Segment of the frame, 0 if it was dropped before it was classified.</summary>
    public ushort Vlan { get; init; }

    /// <summary>The only output; meaningful for <see cref="BridgeAction.Forward"/>.</summary>
    public BridgeOutput Output { get; init; }

    /// <summary>Where the frame came from.</summary>
    public BridgeLocation Ingress { get; init; }

    /// <summary>The machine in whose name to answer; meaningful for <see cref="BridgeAction.Answer"/>.</summary>
    public MacAddress AnswerMac { get; init; }

    /// <summary>Whether the frame asks for an address again soon after it was answered from memory, so that it is flooded; see <see cref="BridgeSegmentOptions.AskAgain"/>.</summary>
    public bool IsAskedAgain { get; init; }

    /// <summary>Whether that machine is a router (RFC 4861 section 4.4).</summary>
    internal bool AnswerIsRouter { get; init; }

    /// <summary>Segment index, for flooding.</summary>
    internal int Segment { get; init; }

    /// <summary>Whether the frame carries a customer VLAN tag.</summary>
    internal bool IsTagged { get; init; }

    /// <summary>Tag control information with which tagged outputs send it.</summary>
    internal ushort Tci { get; init; }
}
