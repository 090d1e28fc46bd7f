namespace Weft.Host.Observe;

/// <summary>What the loop guard sent and saw since the configuration is in force.</summary>
/// <param name="Sent">Probes sent.</param>
/// <param name="Returned">Probes that came back.</param>
/// <param name="Late">Probes that came back too late to say anything.</param>
/// <param name="Forged">Frames that pretended to be probes.</param>
public sealed record LoopGuardSnapshot(long Sent, long Returned, long Late, long Forged);
