namespace Weft.Host.Config;

/// <summary>What happens when a loop is found behind a port.</summary>
public enum LoopAction
{
    /// <summary>The port is shut.</summary>
    Shutdown,

    /// <summary>An event says so, and nothing else happens.</summary>
    Log,
}
