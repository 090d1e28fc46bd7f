namespace Weft.Bench.Ids;

/// <summary>5,000 patterns.</summary>
public sealed class PatternBuild5000Ratio() : PatternBuildRatio(count: 5000);
