namespace Weft.Bench.Ids;

/// <summary>200 patterns.</summary>
public sealed class PatternScan200Ratio() : PatternScanRatio(count: 200, goal: 1.11);
