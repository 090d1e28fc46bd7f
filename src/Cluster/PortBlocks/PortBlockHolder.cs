using System.Text.Json.Serialization;

namespace Weft.Cluster;

/// <summary>What the store knows of a block.</summary>
/// <param name="Host">Who holds it, or held it last.</param>
/// <param name="Via">Where packets for its ports are sent; null if the host did not say.</param>
/// <param name="Blocks">Blocks of the address, by which a block's number becomes ports; null if the host did not say.</param>
internal sealed record PortBlockHolder(
    string Host,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Via = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Blocks = null);
