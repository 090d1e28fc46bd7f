namespace Weft.Cluster;

/// <summary>What happened to one key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entry">What it is now; null if it is gone.</param>
public readonly record struct StoreChange(string Key, StoreEntry? Entry);
