namespace Weft.Host.Observe;

/// <summary>A change of role of a bridge node.</summary>
/// <param name="SecondsAgo">When.</param>
/// <param name="From">Role before.</param>
/// <param name="To">Role after.</param>
/// <param name="Cause">Why.</param>
public sealed record BridgeEventSnapshot(double SecondsAgo, string From, string To, string Cause);
