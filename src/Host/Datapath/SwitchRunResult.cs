using Weft.Host.Observe;

namespace Weft.Host.Datapath;

/// <summary>What a run of the switch came to.</summary>
/// <param name="End">Why it stopped.</param>
/// <param name="Final">The last state: all counters flushed, every frame accounted for.</param>
/// <param name="Elapsed">Real time from the first poll to the last.</param>
/// <param name="Failure">What went wrong, if <paramref name="End"/> is <see cref="SwitchEnd.Failed"/> or <see cref="SwitchEnd.OutputFailed"/>.</param>
public sealed record SwitchRunResult(SwitchEnd End, SwitchSnapshot Final, TimeSpan Elapsed, Exception? Failure = null);
