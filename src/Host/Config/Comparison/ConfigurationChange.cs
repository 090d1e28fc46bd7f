namespace Weft.Host.Config.Comparison;

/// <summary>One difference between two configurations, in the words of their language.</summary>
/// <param name="Path">The key, members of lists by their names: <c>ports[web1].mtu</c>.</param>
/// <param name="Kind">What happens to it.</param>
/// <param name="Before">Its value, or of a member the keys that are written; null if it comes, or had no value.</param>
/// <param name="After">The same afterwards; null if it goes, or has no value any more.</param>
public sealed record ConfigurationChange(string Path, ChangeKind Kind, string? Before, string? After);
