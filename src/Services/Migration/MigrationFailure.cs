namespace Weft.Services;

/// <summary>Why a move was given up.</summary>
public enum MigrationFailure : byte
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>Somebody wanted it so.</summary>
    Cancelled,

    /// <summary>The other end has not answered for <see cref="MigrationOptions.Timeout"/>.</summary>
    Timeout,

    /// <summary>The target has other services, other versions of their state, or another machine in mind.</summary>
    Mismatch,

    /// <summary>The target has no room for a flow, or one with the same addresses and ports.</summary>
    Full,

    /// <summary>The target could not read the state of a flow.</summary>
    StateRefused,

    /// <summary>A flow has state that is bound to this host.</summary>
    Pinned,

    /// <summary>What changed could not be sent within <see cref="MigrationOptions.FreezeBudget"/>.</summary>
    FrozenTooLong,

    /// <summary>Somebody else owns the machine by now.</summary>
    ClaimLost,
}
