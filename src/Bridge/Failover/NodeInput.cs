namespace Weft.Bridge;

/// <summary>What can happen to a node.</summary>
internal enum NodeInput : byte
{
    Tick,
    Enable,
    Disable,
    Path,
    Port,
    Peer,
    PeerProbe,
    OwnProbe,
    WokeUp,
    Drain,
    Activate,
    FenceGranted,
    FenceLost,
    PeerSynced,
    Announced,
    OverlayHeard,
    PeerSign,
    VlanHeard,
    Suspicion,
}
