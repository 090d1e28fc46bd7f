namespace Weft.Bridge;

/// <summary>What a port may do (IEEE 802.1Q 8.4).</summary>
public enum BridgePortState : byte
{
    /// <summary>Neither learns nor forwards.</summary>
    Blocked,

    /// <summary>Learns, but does not forward.</summary>
    Learning,

    /// <summary>Learns and forwards.</summary>
    Forwarding,
}
