namespace Weft.Host.Observe;

/// <summary>That the switch has shut a port itself.</summary>
public sealed record PortShutdownSnapshot
{
    /// <summary><c>port-security</c> or <c>loop</c>.</summary>
    public required string Cause { get; init; }

    /// <summary>For how long.</summary>
    public required double Seconds { get; init; }

    /// <summary>When it is opened again; null if a person must do so.</summary>
    public double? RecoversInSeconds { get; init; }
}
