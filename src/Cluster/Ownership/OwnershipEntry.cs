namespace Weft.Cluster;

/// <summary>An ownership as it was read.</summary>
/// <param name="Name">The thing that is owned.</param>
/// <param name="Ownership">Who owns it.</param>
/// <param name="ModRevision">The commit that wrote it, which the next change states.</param>
public sealed record OwnershipEntry(string Name, Ownership Ownership, long ModRevision);
