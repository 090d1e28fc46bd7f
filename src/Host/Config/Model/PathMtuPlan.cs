namespace Weft.Host.Config;

/// <summary>How a tunnel endpoint learns how large packets to its peers may be.</summary>
public sealed record PathMtuPlan
{
    /// <summary>Whether paths are probed (RFC 8899). Without it, only messages of routers make them smaller, and time larger.</summary>
    public bool Probe { get; init; }

    /// <summary>Time in which a probe is answered.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Probes of one size until it counts as too large.</summary>
    public int MaxProbes { get; init; } = 3;

    /// <summary>Time between confirmations that the size found still passes.</summary>
    public TimeSpan ConfirmAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time after which a path that was found smaller is tried larger again.</summary>
    public TimeSpan RaiseAfter { get; init; } = TimeSpan.FromMinutes(10);
}
