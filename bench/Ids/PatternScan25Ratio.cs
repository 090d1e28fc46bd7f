namespace Weft.Bench.Ids;

/// <summary>25 patterns.</summary>
public sealed class PatternScan25Ratio() : PatternScanRatio(count: 25, goal: 0.91);
