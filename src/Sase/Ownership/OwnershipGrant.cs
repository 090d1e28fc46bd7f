namespace Weft.Sase;

/// <summary>A bundle has a new owner, or still has the one it had, or has never had one.</summary>
/// <param name="Bundle">The bundle.</param>
/// <param name="Epoch">The epoch, which names the owner; none if nobody has ever owned it.</param>
public readonly record struct OwnershipGrant(int Bundle, Epoch Epoch);
