namespace Weft.Bench.Bridge;

/// <summary>A list as people write them, one by one on both sides.</summary>
public sealed class AclLookupOfFewRatio() : AclLookupRatio(64, burst: 1, goal: 1.0);

/// <summary>A list that a program makes, one by one on both sides.</summary>
public sealed class AclLookupOfManyRatio() : AclLookupRatio(1_000, burst: 1, goal: 1.0);

/// <summary>A list as people write them, beside a peer that looks up in bursts.</summary>
public sealed class AclBurstOfFewRatio() : AclLookupRatio(64, burst: 32, goal: 2.5);

/// <summary>A list that a program makes, beside a peer that looks up in bursts.</summary>
public sealed class AclBurstOfManyRatio() : AclLookupRatio(1_000, burst: 32, goal: 3.5);
