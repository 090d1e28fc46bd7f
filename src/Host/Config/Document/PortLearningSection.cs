namespace Weft.Host.Config.Document;

/// <summary>The key <c>learning</c> of a port.</summary>
internal sealed class PortLearningSection : Section
{
    public Setting<int> Max { get; set; }

    public Setting<bool> Sticky { get; set; }

    public Setting<RefusedSourceAction> Refused { get; set; }

    public Setting<int> RecoverySeconds { get; set; }
}
