namespace Weft.Cluster;

/// <summary>The revision that a key must have been created (zero: must not exist) or written at.</summary>
internal readonly record struct StoreCondition(string Key, long Revision, bool ByCreation);
