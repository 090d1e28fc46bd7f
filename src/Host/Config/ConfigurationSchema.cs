using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Host.Config.Shapes;

namespace Weft.Host.Config;

/// <summary>The language of configurations as JSON Schema (draft 2020-12), for editors: made from the descriptions that the reader itself works by.</summary>
public static class ConfigurationSchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>The schema, indented, with a closing line feed.</summary>
    public static string ToJson()
    {
        var definitions = new JsonObject();
        JsonObject root = DocumentShape.Root.ToSchema(definitions);
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "weft/1" };
        foreach ((string key, JsonNode? value) in root.ToArray())
        {
            _ = root.Remove(key);
            schema[key] = value;
        }

        schema["$defs"] = definitions;
        return schema.ToJsonString(Indented) + "\n";
    }
}
