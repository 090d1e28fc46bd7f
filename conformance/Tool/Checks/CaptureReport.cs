using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Conformance.Support;

namespace Weft.Conformance.Checks;

/// <summary>What the tool found in one capture.</summary>
/// <param name="Capture">Its path below the folder.</param>
/// <param name="Frames">Ethernet frames that were read.</param>
/// <param name="Damage">Where reading stopped; null if it came to the end.</param>
/// <param name="NotCompared">Why nothing was compared; null if it was.</param>
/// <param name="ComputedBy">Whose values ours were compared with.</param>
/// <param name="Compared">Values compared.</param>
/// <param name="PassedOver">Frames that could not be compared: captured short, malformed, or of another link type.</param>
/// <param name="HostileCases">Hurt frames that were offered.</param>
/// <param name="Differences">All that differs.</param>
internal sealed record CaptureReport(
    string Capture,
    int Frames,
    string? Damage,
    string? NotCompared,
    string? ComputedBy,
    int Compared,
    int PassedOver,
    int HostileCases,
    IReadOnlyList<Difference> Differences)
{
    /// <summary>Runs every check on a capture.</summary>
    public static CaptureReport Of(CorpusCapture capture)
    {
        int frames = capture.Frames.Count;
        var differences = new List<Difference>(HostileCheck.Run(capture, out int hostile));
        if (capture.Damage is not null && capture.ExpectationPath is null)
        {
            return new CaptureReport(capture.Name, frames, capture.Damage, "the file is damaged, and there is no table beside it", null, 0, 0, hostile, differences);
        }

        if (Judge.Of(capture, out string reason) is not { } expected)
        {
            return new CaptureReport(capture.Name, frames, capture.Damage, reason, null, 0, 0, hostile, differences);
        }

        ComparisonResult[] results = [CaptureComparison.Lengths(capture, expected), CaptureComparison.Layouts(capture, expected), CaptureComparison.Fields(capture, expected)];
        differences.AddRange(results.SelectMany(result => result.Differences).Where(difference => difference.Frame > 0 || capture.Damage is null));
        return new CaptureReport(
            capture.Name,
            frames,
            capture.Damage,
            null,
            expected.ComputedBy,
            results.Sum(result => result.Compared),
            results[^1].PassedOver + capture.OtherLinkTypes,
            hostile,
            differences);
    }
}

/// <summary>The reports as JSON.</summary>
[JsonSerializable(typeof(IReadOnlyList<CaptureReport>))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>All of them.</summary>
    public static string Write(IReadOnlyList<CaptureReport> reports) => JsonSerializer.Serialize(reports, Default.IReadOnlyListCaptureReport);
}
