namespace Weft.Host.Config;

/// <summary>What a problem means for the configuration.</summary>
public enum ProblemSeverity
{
    /// <summary>The configuration is usable, but probably does not do what was meant.</summary>
    Warning,

    /// <summary>The configuration is refused.</summary>
    Error,
}
