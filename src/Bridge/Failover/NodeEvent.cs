namespace Weft.Bridge;

/// <summary>One thing that happened; fields that do not concern the input are empty.</summary>
internal readonly record struct NodeEvent(NodeInput Input)
{
    /// <summary>For <see cref="NodeInput.Path"/>.</summary>
    public BridgePath Path { get; init; }

    /// <summary>For <see cref="NodeInput.Path"/>.</summary>
    public BridgePathState PathState { get; init; }

    /// <summary>For <see cref="NodeInput.Port"/>.</summary>
    public bool PortUp { get; init; }

    /// <summary>For <see cref="NodeInput.WokeUp"/>: time slept.</summary>
    public TimeSpan Gap { get; init; }

    /// <summary>For <see cref="NodeInput.PeerProbe"/>: epoch of the sender.</summary>
    public uint ProbeEpoch { get; init; }

    /// <summary>For <see cref="NodeInput.Peer"/>: it says so because it was asked, after this node had stopped.</summary>
    public bool IsAnswer { get; init; }

    /// <summary>For <see cref="NodeInput.Peer"/>: what the other node says.</summary>
    public MacSyncHeader Peer { get; init; }
}
