namespace Weft.Host.Observe;

/// <summary>One route of a virtual router.</summary>
/// <param name="Router">Name of the router.</param>
/// <param name="Prefix">Where it leads.</param>
/// <param name="Kind"><c>connected</c>, <c>via</c>, <c>local</c>, <c>broadcast</c>, <c>blackhole</c>, <c>unreachable</c> or <c>prohibit</c>.</param>
/// <param name="Via">The next hop, or null.</param>
/// <param name="Segment">The segment of the interface that packets leave by, or null.</param>
public sealed record RouteSnapshot(string Router, string Prefix, string Kind, string? Via, string? Segment);
