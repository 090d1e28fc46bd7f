namespace Weft.Bench.Ids;

/// <summary>100 patterns.</summary>
public sealed class PatternBuild100Ratio() : PatternBuildRatio(count: 100);
