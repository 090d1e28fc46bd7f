namespace Weft.Host.Observe;

/// <summary>The network's quotient at a time.</summary>
/// <param name="Time">When.</param>
/// <param name="Quotient">0 to 100.</param>
public sealed record QuotientHistorySnapshot(DateTimeOffset Time, double Quotient);
