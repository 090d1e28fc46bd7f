using Weft.Packets;

namespace Weft.Ids;

/// <summary>One look at one direction of a conversation: the packet, the conversation, and the bytes that are compared with rules.</summary>
internal ref struct Inspection
{
    /// <summary>The packet, with source and destination as the inspected direction has them.</summary>
    public PacketFacts Packet;
    public ref FlowState Flow;
    public Timestamp Now;
    public bool ToServer;

    /// <summary>Bytes for rules that ask for the payload: the packet's, or the stream's.</summary>
    public ReadOnlySpan<byte> Payload;
    public bool IsStream;

    /// <summary>True if the payload's first byte is the first there is: what is bound to the beginning can be told.</summary>
    public bool HasBeginning;

    /// <summary>The application's message: its head as it came, its body so far.</summary>
    public ReadOnlySpan<byte> Head;
    public bool IsHeadCut;
    public ReadOnlySpan<byte> Body;
    public long BodySkipped;
    public bool IsBodyComplete;
    public int Message;

    /// <summary>True if the packet is a segment whose bytes became part of a stream.</summary>
    public bool IsInStream;

    /// <summary>True if the packet's strings were found while its stream was scanned.</summary>
    public bool IsScanned;

    /// <summary>Where the packet's last byte ends in the stream.</summary>
    public long StreamEnd;

    /// <summary>True while a message of an application is looked at.</summary>
    public bool HasMessage;
}
