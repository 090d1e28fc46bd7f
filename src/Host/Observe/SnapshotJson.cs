using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Host.Config;
using Weft.Host.Config.Comparison;
using Weft.Host.Observe.Captures;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Observe;

/// <summary>
/// Snapshots and traces as JSON: names in camel case, enumerations in kebab case, addresses as text. The form is stable; fields are only added.
/// </summary>
public static class SnapshotJson
{
    /// <summary>A snapshot on one line, or indented for people.</summary>
    public static string Serialize(SwitchSnapshot snapshot, bool indented = false) =>
        JsonSerializer.Serialize(snapshot, (indented ? Indented : Compact).SwitchSnapshot);

    /// <summary>A trace on one line, or indented for people.</summary>
    public static string Serialize(PacketTrace trace, bool indented = false) =>
        JsonSerializer.Serialize(trace, (indented ? Indented : Compact).PacketTrace);

    /// <summary>An event on one line.</summary>
    public static string Serialize(SwitchEvent happened) => JsonSerializer.Serialize(happened, Compact.SwitchEvent);

    /// <summary>A forecast of quotients on one line.</summary>
    public static string Serialize(IReadOnlyList<QuotientForecastSnapshot> forecast) => JsonSerializer.Serialize(forecast, Compact.IReadOnlyListQuotientForecastSnapshot);

    /// <summary>What a reload would change, on one line or indented for people.</summary>
    public static string Serialize(ConfigurationDiff diff, bool indented = false) => JsonSerializer.Serialize(diff, (indented ? Indented : Compact).ConfigurationDiff);

    /// <summary>Reads a snapshot back.</summary>
    /// <exception cref="JsonException">The text is no snapshot.</exception>
    public static SwitchSnapshot Deserialize(string json) =>
        JsonSerializer.Deserialize(json, Compact.SwitchSnapshot) ?? throw new JsonException("The text is null, not a snapshot.");

    internal static SnapshotJsonContext Compact { get; } = new(Options(indented: false));

    private static SnapshotJsonContext Indented { get; } = new(Options(indented: true));

    private static JsonSerializerOptions Options(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = indented,
        Converters =
        {
            new MacConverter(), new TunnelAddressConverter(),
            new JsonStringEnumConverter<PortRole>(JsonNamingPolicy.KebabCaseLower),
            new JsonStringEnumConverter<PortStatus>(JsonNamingPolicy.KebabCaseLower),
            new JsonStringEnumConverter<EventSeverity>(JsonNamingPolicy.KebabCaseLower),
            new JsonStringEnumConverter<ReloadCause>(JsonNamingPolicy.KebabCaseLower),
            new JsonStringEnumConverter<TraceOutcome>(JsonNamingPolicy.KebabCaseLower),
            new JsonStringEnumConverter<CaptureDirection>(JsonNamingPolicy.KebabCaseLower),
            new JsonStringEnumConverter<ChangeKind>(JsonNamingPolicy.KebabCaseLower),
        },
    };

    private sealed class MacConverter : JsonConverter<MacAddress>
    {
        public override MacAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            MacAddress.TryParse(reader.GetString(), out MacAddress mac) ? mac : throw new JsonException("not a MAC address");

        public override void Write(Utf8JsonWriter writer, MacAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class TunnelAddressConverter : JsonConverter<TunnelAddress>
    {
        public override TunnelAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            string? text = reader.GetString();
            return IPv4Address.TryParse(text, out IPv4Address v4) ? new TunnelAddress(v4)
                : IPv6Address.TryParse(text, out IPv6Address v6) ? new TunnelAddress(v6)
                : throw new JsonException("not an IP address");
        }

        public override void Write(Utf8JsonWriter writer, TunnelAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
