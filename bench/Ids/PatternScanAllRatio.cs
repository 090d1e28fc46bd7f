namespace Weft.Bench.Ids;

/// <summary>Every pattern there is, down to one byte.</summary>
public sealed class PatternScanAllRatio() : PatternScanRatio(count: int.MaxValue, goal: 0.25);
