namespace Weft.Bench.Ids;

/// <summary>Every pattern there is.</summary>
public sealed class PatternBuildAllRatio() : PatternBuildRatio(count: int.MaxValue);
