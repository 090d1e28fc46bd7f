namespace Weft.Bench.Ids;

/// <summary>20000 patterns.</summary>
public sealed class PatternScan20000Ratio() : PatternScanRatio(count: 20000, goal: 0.5);
