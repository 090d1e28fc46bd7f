namespace Weft.Bench.Ids;

/// <summary>1,000 patterns.</summary>
public sealed class PatternBuild1000Ratio() : PatternBuildRatio(count: 1000);
