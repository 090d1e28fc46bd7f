namespace Weft.Bridge;

/// <summary>A way over which two nodes watch each other.</summary>
public enum BridgePath : byte
{
    /// <summary>Between their tunnel endpoints.</summary>
    Overlay,

    /// <summary>Through the VLANs that they bridge.</summary>
    Vlan,
}
