namespace Weft.Services;

/// <summary>How far a move has come, at either end.</summary>
public enum MigrationState : byte
{
    /// <summary>Source: the target is asked whether it can take the machine. Target: nobody has asked yet.</summary>
    Preparing,

    /// <summary>Flows are copied while packets go on at the source.</summary>
    Copying,

    /// <summary>The source takes no packets; what changed since it was copied last is sent.</summary>
    Frozen,

    /// <summary>
    /// All state is at the target. Source: it has told the target to take over and can not go back any more. Target: the caller is to
    /// claim the machine under <see cref="MigrationTarget.Epoch"/> and say with <see cref="MigrationTarget.Claimed"/> how that went.
    /// </summary>
    Committing,

    /// <summary>The target owns the machine. Source: packets that still come, and those that were held, are to be sent there.</summary>
    Moved,

    /// <summary>The move was given up. Source: it goes on as if nothing had been. Target: it has forgotten everything.</summary>
    Aborted,
}
