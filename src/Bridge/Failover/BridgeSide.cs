namespace Weft.Bridge;

/// <summary>The two networks that a node joins.</summary>
public enum BridgeSide : byte
{
    /// <summary>The VLANs behind the physical switch.</summary>
    Vlan,

    /// <summary>The overlay and its tunnels.</summary>
    Overlay,
}
