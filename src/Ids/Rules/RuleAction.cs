namespace Weft.Ids;

/// <summary>What a rule asks for. The order of the values is the order in which rules of a packet are applied, as in Suricata.</summary>
public enum RuleAction : byte
{
    /// <summary>The packet is exempt from all other rules.</summary>
    Pass,

    /// <summary>Alert, and drop the packet where the detector is inline.</summary>
    Drop,

    /// <summary>Alert, drop, and tell the sender.</summary>
    Reject,

    /// <summary>Alert.</summary>
    Alert,
}
