using Weft.Packets;

namespace Weft.Bridge;

/// <summary>A change of role.</summary>
/// <param name="At">When.</param>
/// <param name="From">Role before.</param>
/// <param name="To">Role now.</param>
/// <param name="Cause">Why.</param>
/// <param name="Epoch">Epoch of the node.</param>
public readonly record struct BridgeNodeEvent(Timestamp At, BridgeRole From, BridgeRole To, FailoverCause Cause, uint Epoch);
