namespace Weft.Host.Config;

/// <summary>Where metrics are sent.</summary>
public sealed record MetricsPlan
{
    /// <summary>Address of the collector.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>How it is spoken to.</summary>
    public required OtlpProtocol Protocol { get; init; }

    /// <summary>Time between two reports.</summary>
    public required TimeSpan Interval { get; init; }
}
