using Weft.Packets;

namespace Weft.Sase.Sessions;

/// <summary>What is known of a flow's session, in the place that the flow has in its table.</summary>
internal struct SessionState
{
    /// <summary>Its number in the run of the node that named it; 0 until a packet has passed, here or where it was told of.</summary>
    public ulong Number;

    /// <summary>That run.</summary>
    public ulong Series;

    /// <summary>That node.</summary>
    public byte Node;

    /// <summary>Whether a packet has passed here, and its start was noted; its end will be.</summary>
    public bool IsOpen;

    /// <summary>The rule that allowed it; null if none is known.</summary>
    public string? Rule;

    /// <summary>When the first packet passed here.</summary>
    public Timestamp Began;
    public long PacketsForward;
    public long BytesForward;
    public long PacketsBackward;
    public long BytesBackward;
}
