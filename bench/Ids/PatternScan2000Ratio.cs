namespace Weft.Bench.Ids;

/// <summary>2000 patterns.</summary>
public sealed class PatternScan2000Ratio() : PatternScanRatio(count: 2000, goal: 1.11);
