namespace Weft.Services;

/// <summary>What is known of a packet's relation to its flow. The low half is remembered in the flow, the high half belongs to one packet.</summary>
[Flags]
internal enum FlowFlags : ushort
{
    None = 0,

    /// <summary>Both sides have spoken.</summary>
    Established = 1,

    /// <summary>The other side opened it, not the machine.</summary>
    FromOutside = 2,

    /// <summary>The side that opened it has sent FIN.</summary>
    ForwardClosed = 4,

    /// <summary>The other side has sent FIN.</summary>
    ReverseClosed = 8,

    /// <summary>A RST was seen.</summary>
    Reset = 16,

    /// <summary>Its first packet is with a container, so that its second key may still change.</summary>
    Unfinished = 32,

    /// <summary>Part of the flow's memory.</summary>
    Remembered = 0xFF,

    /// <summary>First packet of the flow.</summary>
    First = 0x100,

    /// <summary>Goes towards the side that opened the flow.</summary>
    Reverse = 0x200,

    /// <summary>An ICMP error that embeds a packet of the flow.</summary>
    Error = 0x400,

    /// <summary>A fragment without ports.</summary>
    LaterFragment = 0x800,

    /// <summary>Second call, after the packet was resized.</summary>
    Resized = 0x1000,

    /// <summary>What it says of its connection is not to be believed.</summary>
    Doubtful = 0x2000,

    /// <summary>It was with a container and goes on.</summary>
    Returned = 0x4000,
}
