using System.Text;

namespace Weft.Cluster;

/// <summary>A key with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; must not be changed.</param>
/// <param name="CreateRevision">The commit since which the key exists without a break.</param>
/// <param name="ModRevision">The commit that wrote the value: the fencing token of what the value grants, since no later writer has a smaller one.</param>
/// <param name="LeaseId">The lease that the key is bound to; zero for none.</param>
public sealed record StoreEntry(string Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModRevision, long LeaseId)
{
    /// <summary>The value as UTF-8 text.</summary>
    public string Text => Encoding.UTF8.GetString(Value.Span);
}
