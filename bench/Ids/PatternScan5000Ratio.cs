namespace Weft.Bench.Ids;

/// <summary>5000 patterns.</summary>
public sealed class PatternScan5000Ratio() : PatternScanRatio(count: 5000, goal: 1.0);
