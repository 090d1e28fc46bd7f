namespace Weft.Services;

/// <summary>What becomes of a service's state of a flow when its machine moves to another host.</summary>
public enum StateKind : byte
{
    /// <summary>It means the same on every host and moves with the machine.</summary>
    Migratable,

    /// <summary>It starts empty on the new host and fills again from the flow's packets, as statistics and caches do.</summary>
    Rebuildable,

    /// <summary>It is bound to this host. A flow that has any stays behind: the move is refused, or the flow is ended, as the migration's options say.</summary>
    Pinned,
}
