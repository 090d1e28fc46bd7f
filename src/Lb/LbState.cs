namespace Weft.Lb;

/// <summary>What a load balancer is used for.</summary>
public enum LbState : byte
{
    /// <summary>It is no member.</summary>
    Removed,

    /// <summary>It gets its replies, and may take over the flows of members that go.</summary>
    Active,

    /// <summary>It gets its replies, and takes over nothing.</summary>
    Draining,
}
