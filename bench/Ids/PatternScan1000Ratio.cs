namespace Weft.Bench.Ids;

/// <summary>1000 patterns.</summary>
public sealed class PatternScan1000Ratio() : PatternScanRatio(count: 1000, goal: 1.11);
