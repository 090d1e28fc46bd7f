namespace Weft.Bench.Ids;

/// <summary>100 patterns.</summary>
public sealed class PatternScan100Ratio() : PatternScanRatio(count: 100, goal: 1.11);
