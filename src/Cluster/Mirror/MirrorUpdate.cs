namespace Weft.Cluster;

/// <summary>A step of a <see cref="StoreMirror"/>.</summary>
/// <param name="Snapshot">All keys after the step.</param>
/// <param name="Changes">What is different from the step before; empty if only the revision is.</param>
/// <param name="Reloaded">True if everything was read anew, at the start or because the store had forgotten what was missed; a key that came and went in between leaves no trace.</param>
public sealed record MirrorUpdate(StoreSnapshot Snapshot, IReadOnlyList<StoreChange> Changes, bool Reloaded);
