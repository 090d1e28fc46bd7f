using System.Collections.Immutable;

namespace Weft.Cluster;

/// <summary>Keys as they were together at one revision.</summary>
/// <param name="Revision">That revision. A watch that continues from here starts one later.</param>
/// <param name="Entries">The keys in ordinal order.</param>
public sealed record StoreSnapshot(long Revision, ImmutableSortedDictionary<string, StoreEntry> Entries)
{
    /// <summary>No keys, at revision zero.</summary>
    public static StoreSnapshot Empty { get; } = new(0, ImmutableSortedDictionary.Create<string, StoreEntry>(StringComparer.Ordinal));

    /// <summary>The entry of a key; null if there is none.</summary>
    public StoreEntry? this[string key] => Entries.GetValueOrDefault(key);
}
