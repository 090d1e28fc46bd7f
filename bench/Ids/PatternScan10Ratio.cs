namespace Weft.Bench.Ids;

/// <summary>10 patterns.</summary>
public sealed class PatternScan10Ratio() : PatternScanRatio(count: 10, goal: 0.91);
