namespace Weft.Sase;

/// <summary>What happened to a bundle or a member.</summary>
public enum SaseEventKind : byte
{
    /// <summary>This node owns the bundle from now on.</summary>
    Activated,

    /// <summary>This node gave the bundle up, since another one owns it.</summary>
    Fenced,

    /// <summary>This node stood still, and does nothing for the bundle until a gateway confirms it.</summary>
    Suspended,

    /// <summary>A gateway confirmed it.</summary>
    Resumed,

    /// <summary>The bundle was handed over as planned.</summary>
    Released,

    /// <summary>The backup has been told of every flow.</summary>
    InSync,

    /// <summary>A gateway sends the bundle to another node from now on.</summary>
    Moved,

    /// <summary>A gateway lost all nodes at once and goes on as before for a while.</summary>
    AllNodesLost,
}
