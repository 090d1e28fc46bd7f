namespace Weft.Mesh;

/// <summary>What became of a packet.</summary>
/// <param name="Action">What was done.</param>
/// <param name="Reason">Why it must not go anywhere, if <paramref name="Action"/> is <see cref="MeshAction.Drop"/>.</param>
/// <param name="Slot">
/// The place of its connection, 0 to <see cref="MeshTranslator.Slots"/> - 1, for what a caller remembers beside it; -1 without connection.
/// A place is used again when its connection is forgotten.
/// </param>
/// <param name="IsNew">True if the packet opened the connection.</param>
public readonly record struct MeshVerdict(MeshAction Action, MeshDropReason Reason = MeshDropReason.None, int Slot = -1, bool IsNew = false);
