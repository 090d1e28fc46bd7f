using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weft.Bench.Ratios;

/// <summary>One line of output. Absent members are left out of the JSON.</summary>
internal sealed record RatioResult
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it goes to a terminal, not into a page
    };

    public required string Package { get; init; }

    public required string Name { get; init; }

    public double? Ours { get; init; }

    public double? Peer { get; init; }

    public required string PeerName { get; init; }

    public required string Unit { get; init; }

    public double? Ratio { get; init; }

    public required double Goal { get; init; }

    public double? Limit { get; init; }

    public bool? Met { get; init; }

    /// <summary>Why there is no peer's figure.</summary>
    public string? Skipped { get; init; }

    /// <summary>How the two results differ: a defect, not a matter of speed.</summary>
    public string? Differs { get; init; }

    /// <summary>The line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
