namespace Weft.Cluster;

/// <summary>A write of a transaction; without a value it removes the key.</summary>
internal readonly record struct StoreWrite(string Key, byte[]? Value, long LeaseId);
