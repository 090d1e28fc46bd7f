namespace Weft.Bench.Ids;

/// <summary>50 patterns.</summary>
public sealed class PatternScan50Ratio() : PatternScanRatio(count: 50, goal: 1.11);
