namespace Weft.Host.Config.Document;

/// <summary>The key <c>loopGuard</c> of a port.</summary>
internal sealed class LoopGuardSection : Section
{
    public Setting<LoopAction> Action { get; set; }

    public Setting<int> IntervalSeconds { get; set; }

    public Setting<int> RecoverySeconds { get; set; }
}
