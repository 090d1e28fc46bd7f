namespace Weft.Fuzz.Loop;

/// <summary>When a run ends: after so many cases or so much time, whichever comes first.</summary>
internal sealed record FuzzLimits(long Cases, TimeSpan Time, ulong Seed);
