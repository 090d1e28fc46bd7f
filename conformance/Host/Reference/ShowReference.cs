using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Describes what <c>weft show --json</c> prints, from what prints it: names and types are those of the serializer, meanings those of the
/// documentation of each member.
/// </summary>
internal sealed partial class ShowReference
{
    /// <summary>Keys that every topic has.</summary>
    private static readonly string[] Always = ["name", "version", "uptimeSeconds", "totals", "lastReload"];

    /// <summary>Topics whose names do not say in which keys their answer is.</summary>
    private static readonly Dictionary<ShowTopic, string[]> Others = new()
    {
        [ShowTopic.Ports] = ["ports", "loopGuard"],
        [ShowTopic.Qos] = ["qos", "egressQueues"],
        [ShowTopic.Fdb] = ["fdb", "learning"],
        [ShowTopic.Sas] = ["associations"],
        [ShowTopic.Neighbors] = ["neighbors", "routerNeighbors", "bindings", "questions", "suppression"],
        [ShowTopic.Routes] = ["routes", "routerInterfaces"],
        [ShowTopic.Bridge] = ["bridges", "awaitedBridges", "flushListeners"],
        [ShowTopic.Nat] = ["nats", "natGateways"],
        [ShowTopic.NatOwners] = ["natGateways"],
        [ShowTopic.Services] = ["machines"],
        [ShowTopic.Alarms] = ["analytics"],
        [ShowTopic.Anomalies] = ["analytics"],
        [ShowTopic.Behaviours] = ["analytics"],
        [ShowTopic.Quotients] = ["analytics"],
    };

    /// <summary>Keys in which a topic has its answer; none if nobody said.</summary>
    public static IReadOnlyDictionary<ShowTopic, string[]> Keys { get; } = Enum.GetValues<ShowTopic>().Where(topic => topic != ShowTopic.All).ToDictionary(topic => topic, KeysOf);

    private readonly Dictionary<string, XElement> _meanings;
    private readonly Dictionary<Type, string> _names = [];
    private readonly JsonObject _definitions = [];

    public ShowReference() => _meanings = Directory.GetFiles(AppContext.BaseDirectory, "Weft.*.xml")
        .SelectMany(file => XDocument.Load(file).Descendants("member"))
        .GroupBy(member => (string)member.Attribute("name")!)
        .ToDictionary(group => group.Key, group => group.First());

    /// <summary>Keys of a snapshot that no topic names.</summary>
    public static IEnumerable<string> Forgotten => Info(typeof(SwitchSnapshot)).Properties.Select(property => property.Name).Except(Always).Except(Keys.Values.SelectMany(keys => keys));

    /// <summary>The schema, with everything that it refers to.</summary>
    public string Schema()
    {
        JsonNode root = Describe(typeof(SwitchSnapshot));
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "weft show --json", ["$ref"] = root["$ref"]!.GetValue<string>(), ["$defs"] = _definitions };
        return schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" }) + "\n";
    }

    /// <summary>The page.</summary>
    public string Page()
    {
        _ = Describe(typeof(SwitchSnapshot));
        var page = new StringBuilder("""
            # What `weft show --json` prints

            One object. Every answer has `name`, `version`, `uptimeSeconds`, `totals` and `lastReload`; a topic adds its own keys, and other keys may be there, too. The form is stable:
            keys are only added, so whoever reads must leave alone what he does not know. Names are in camel case, enumerations in kebab case, addresses are text, times are seconds
            of the switch's own clock, counters begin at zero with the process. The same as a [JSON Schema](../show.schema.json).

            This page and the schema are made from what prints the JSON; a conformance test holds the three together (`WEFT_GOLDEN=write`, test `ShowReferenceTests`).

            | topic | keys |
            |---|---|

            """);
        foreach ((ShowTopic topic, string[] keys) in Keys)
        {
            _ = page.Append($"| `{topic.ToString().ToLowerInvariant()}` | {string.Join(", ", keys.Select(key => $"`{key}`"))} |\n");
        }

        foreach ((string name, JsonNode? definition) in _definitions)
        {
            _ = page.Append($"\n## {name}\n\n{definition!["description"]!}\n\n| key | value | meaning |\n|---|---|---|\n");
            foreach ((string key, JsonNode? property) in definition["properties"]!.AsObject())
            {
                _ = page.Append($"| `{key}` | {Kind(property!)} | {property!["description"]!.ToString().Replace("|", "\\|", StringComparison.Ordinal)} |\n");
            }
        }

        return page.ToString();
    }

    /// <summary>The keys that a topic is named after: <c>natsessions</c> and <c>nat</c> are both about <c>nats</c>.</summary>
    private static string[] KeysOf(ShowTopic topic) => Others.TryGetValue(topic, out string[]? keys)
        ? keys
        : [.. Info(typeof(SwitchSnapshot)).Properties.Select(property => property.Name).Where(key => topic.ToString().StartsWith(key.TrimEnd('s'), StringComparison.OrdinalIgnoreCase)).OrderByDescending(key => key.Length).Take(1)];

    private static string Kind(JsonNode property) => property switch
    {
        _ when property["anyOf"] is JsonArray choices => $"{Kind(choices[1]!)} or null",
        _ when property["$ref"] is JsonNode reference && Anchor(reference) is string name => $"[{name}](#{name.ToLowerInvariant().Replace(' ', '-')})",
        _ when property["items"] is JsonNode items => $"list of {Kind(items)}",
        _ when property["enum"] is JsonArray words => string.Join(", ", words.Select(word => $"`{word}`")),
        _ => property["type"]?.ToString() ?? "anything",
    };

    private static string Anchor(JsonNode reference) => reference.GetValue<string>()["#/$defs/".Length..];

    private JsonObject Describe(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is Type inner)
        {
            return OrNull(Describe(inner));
        }

        JsonTypeInfo info = Info(type);
        if (type.IsEnum)
        {
            // With a converter the words, otherwise the number.
            bool isText = JsonSerializer.SerializeToNode(Enum.GetValues(type).GetValue(0), info) is JsonValue value && value.GetValueKind() == JsonValueKind.String;
            return isText ? new JsonObject { ["enum"] = new JsonArray([.. Enum.GetValues(type).Cast<object>().Select(word => JsonSerializer.SerializeToNode(word, info))]) } : Of("integer");
        }

        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => new JsonObject { ["type"] = "array", ["items"] = Describe(info.ElementType!) },
            JsonTypeInfoKind.Dictionary => Of("object"),
            JsonTypeInfoKind.Object => Reference(type, info),
            _ => Of(type == typeof(bool) ? "boolean" : type == typeof(double) || type == typeof(float) ? "number" : IsInteger(type) ? "integer" : "string"),
        };
    }

    private JsonObject Reference(Type type, JsonTypeInfo info)
    {
        if (!_names.TryGetValue(type, out string? name))
        {
            _names[type] = name = type.Name.EndsWith("Snapshot", StringComparison.Ordinal) ? type.Name[..^"Snapshot".Length] : type.Name;
            var properties = new JsonObject();
            var definition = new JsonObject { ["description"] = Summary(_meanings.GetValueOrDefault($"T:{type.FullName}")), ["type"] = "object", ["properties"] = properties };
            _definitions[name] = definition;
            foreach (JsonPropertyInfo property in info.Properties)
            {
                PropertyInfo member = type.GetProperties().First(candidate => JsonNamingPolicy.CamelCase.ConvertName(candidate.Name) == property.Name);
                bool isOptional = new NullabilityInfoContext().Create(member).ReadState == NullabilityState.Nullable;
                JsonObject described = Describe(property.PropertyType);
                described = isOptional && described["anyOf"] is null ? OrNull(described) : described;
                described["description"] = Meaning(type, member);
                properties[property.Name] = described;
            }
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }

    private string Meaning(Type type, PropertyInfo member)
    {
        XElement? own = _meanings.GetValueOrDefault($"P:{member.DeclaringType!.FullName}.{member.Name}");
        XElement? parameter = _meanings.GetValueOrDefault($"T:{type.FullName}")?.Elements("param").FirstOrDefault(element => (string?)element.Attribute("name") == member.Name);
        return Summary(own) is { Length: > 0 } text ? text : Text(parameter);
    }

    private static string Summary(XElement? member) => Text(member?.Element("summary"));

    /// <summary>Documentation as text: references by the last word of their name, code in backquotes.</summary>
    private static string Text(XElement? element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element?.Nodes() ?? [])
        {
            _ = text.Append(node switch
            {
                XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                XElement reference when reference.Attribute("cref") is XAttribute target => $"`{JsonNamingPolicy.CamelCase.ConvertName(target.Value.Split('(')[0].Split('.')[^1])}`",
                XElement other => other.Value,
                XText plain => plain.Value,
                _ => "",
            });
        }

        return Blanks().Replace(text.ToString(), " ").Trim();
    }

    private static JsonTypeInfo Info(Type type) => SnapshotJson.Compact.Options.GetTypeInfo(type);

    private static JsonObject Of(string type) => new() { ["type"] = type };

    private static JsonObject OrNull(JsonObject described) => new() { ["anyOf"] = new JsonArray(Of("null"), described) };

    private static bool IsInteger(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    [GeneratedRegex("\\s+")]
    private static partial Regex Blanks();
}
