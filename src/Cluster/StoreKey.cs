namespace Weft.Cluster;

/// <summary>What a key or a prefix may be.</summary>
internal static class StoreKey
{
    public const int MaxLength = 1024;

    public static string Check(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        // Surrogates have no UTF-8 of their own, and their ordinal order in UTF-16 is not that of the bytes, by which etcd sorts.
        if (key.Length > MaxLength || key.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') || key.AsSpan().ContainsAnyInRange('\0', '\u001F'))
        {
            throw new ArgumentException($"a key has 1 to {MaxLength} characters of the basic plane, none of them a control character", nameof(key));
        }

        return key;
    }
}
