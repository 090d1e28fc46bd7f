using Weft.Packets;

namespace Weft.Sase.Sessions;

/// <summary>What is known of a flow's session, in the place that the flow has in its table.</summary>
internal struct SessionState
{
    /// <summary>Its number; 0 until a packet has passed.</summary>
    public ulong Number;

    /// <summary>The rule that allowed it; null if none is known.</summary>
    public string? Rule;

    public Timestamp Began;
    public long PacketsForward;
    public long BytesForward;
    public long PacketsBackward;
    public long BytesBackward;
}
