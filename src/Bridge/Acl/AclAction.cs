namespace Weft.Bridge;

/// <summary>What becomes of a packet that a rule of an <see cref="AccessList"/> matches.</summary>
public enum AclAction : byte
{
    /// <summary>It passes.</summary>
    Permit,

    /// <summary>It is dropped without a word.</summary>
    Deny,

    /// <summary>It is dropped, and its sender is told: a reset for TCP, an ICMP error for everything else.</summary>
    Reject,
}
