using Weft.Analytics;

namespace Weft.Host.Analytics.Alarms;

/// <summary>An alarm with everything that people are told.</summary>
internal sealed record AlarmDetail(
    string Type, string Qualifier, AlarmSeverity Severity, double Score, double PValue, string Text, IReadOnlyList<AlarmFeature> Features)
{
    /// <summary>When it was raised.</summary>
    public DateTimeOffset Since { get; init; }
}
