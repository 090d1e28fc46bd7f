namespace Weft.Host.Observe;

/// <summary>An access list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsStateful">Whether connections are remembered.</param>
/// <param name="Places">Where it is in force: "in of port web1".</param>
/// <param name="Rules">Its rules in order, the default last.</param>
public sealed record AclListSnapshot(string Name, bool IsStateful, IReadOnlyList<string> Places, IReadOnlyList<AclRuleSnapshot> Rules);
