namespace Weft.Cluster;

/// <summary>What commits did to the keys of a watch.</summary>
/// <param name="Revision">The last revision that this brings the watcher to.</param>
/// <param name="Changes">The changes in order; empty if the commits up to <paramref name="Revision"/> changed other keys only.</param>
public sealed record StoreChanges(long Revision, IReadOnlyList<StoreChange> Changes);
