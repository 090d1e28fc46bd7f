using Weft.Host.Config.Comparison;
using Weft.Host.Observe;
using Weft.Host.Observe.Captures;

namespace Weft.Host.Control;

/// <summary>One line that the server answers: an error or what was asked for.</summary>
internal sealed record ControlResponse
{
    /// <summary>Why the request was refused; null if it was not.</summary>
    public string? Error { get; init; }

    /// <summary>For <c>version</c>.</summary>
    public string? Version { get; init; }

    /// <summary>For <c>show</c>.</summary>
    public SwitchSnapshot? Snapshot { get; init; }

    /// <summary>For <c>trace</c>.</summary>
    public PacketTrace? Trace { get; init; }

    /// <summary>For <c>events</c>.</summary>
    public SwitchEvents? Events { get; init; }

    /// <summary>For <c>migrate</c>.</summary>
    public MoveSnapshot? Move { get; init; }

    /// <summary>For <c>what-if</c>.</summary>
    public IReadOnlyList<QuotientForecastSnapshot>? Forecast { get; init; }

    /// <summary>For <c>capture</c>, at its end.</summary>
    public CaptureSummary? Capture { get; init; }

    /// <summary>For <c>diff</c>.</summary>
    public ConfigurationDiff? Diff { get; init; }

    /// <summary>For <c>nat-export</c>.</summary>
    public byte[]? Flows { get; init; }
}
