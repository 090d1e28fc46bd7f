namespace Weft.Ids;

/// <summary>One <c>rate_filter</c>: another action for a rule that matches too often.</summary>
/// <param name="Track">Whom it counts.</param>
/// <param name="Count">Matches that are not too many.</param>
/// <param name="Seconds">In how long a time.</param>
/// <param name="Action">The other action.</param>
/// <param name="Timeout">Seconds that it holds, 0 for ever.</param>
internal sealed record RateFilter(ThresholdTrack Track, int Count, int Seconds, RuleAction Action, int Timeout);

/// <summary>One <c>suppress</c>: addresses that a rule does not alert for.</summary>
/// <param name="Track">Whose address.</param>
/// <param name="Addresses">The addresses, null for all.</param>
internal sealed record Suppression(ThresholdTrack Track, AddressSet? Addresses);
