namespace Weft.Bench.Ids;

/// <summary>500 patterns.</summary>
public sealed class PatternScan500Ratio() : PatternScanRatio(count: 500, goal: 1.11);
