using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Weft.Conformance.ConfigTests;

/// <summary>The part of JSON Schema 2020-12 that weft's schema uses; a keyword it does not know is a failure, not a silence.</summary>
internal static class MiniSchema
{
    private static readonly HashSet<string> Known =
    [
        "$schema", "$defs", "$ref", "title", "description", "default", "type", "properties", "additionalProperties", "required",
        "items", "minItems", "maxItems", "enum", "pattern", "minimum", "maximum", "anyOf",
    ];

    public static List<string> Violations(JsonNode root, JsonNode? value)
    {
        var violations = new List<string>();
        Check(root, root.AsObject(), value, "", violations);
        return violations;
    }

    private static void Check(JsonNode root, JsonObject schema, JsonNode? value, string path, List<string> violations)
    {
        foreach (string keyword in schema.Select(pair => pair.Key).Where(keyword => !Known.Contains(keyword)))
        {
            throw new NotSupportedException($"keyword {keyword} at {path}");
        }

        if (schema["$ref"]?.GetValue<string>() is string reference)
        {
            Check(root, root["$defs"]![reference["#/$defs/".Length..]]!.AsObject(), value, path, violations);
        }

        Require(schema["type"]?.GetValue<string>() is not string type || TypeOf(value) == type || (type, TypeOf(value)) == ("number", "integer"), $"{path}: type", violations);
        Require(schema["enum"] is not JsonArray words || words.Any(word => JsonNode.DeepEquals(word, value)), $"{path}: enum", violations);
        Require(schema["anyOf"] is not JsonArray choices || choices.Any(choice => Fits(root, choice!.AsObject(), value)), $"{path}: anyOf", violations);
        if (TypeOf(value) == "string" && schema["pattern"]?.GetValue<string>() is string pattern)
        {
            Require(Regex.IsMatch(value!.GetValue<string>(), pattern), $"{path}: pattern", violations);
        }

        if (TypeOf(value) == "integer" && value!.AsValue().TryGetValue(out long number))
        {
            Require(schema["minimum"] is not JsonNode least || number >= least.GetValue<long>(), $"{path}: minimum", violations);
            Require(schema["maximum"] is not JsonNode most || number <= most.GetValue<long>(), $"{path}: maximum", violations);
        }

        CheckInside(root, schema, value, path, violations);
    }

    private static void CheckInside(JsonNode root, JsonObject schema, JsonNode? value, string path, List<string> violations)
    {
        if (value is JsonArray array && schema["items"] is JsonObject items)
        {
            Require(array.Count >= (schema["minItems"]?.GetValue<int>() ?? 0), $"{path}: minItems", violations);
            Require(array.Count <= (schema["maxItems"]?.GetValue<int>() ?? int.MaxValue), $"{path}: maxItems", violations);
            for (int i = 0; i < array.Count; i++)
            {
                Check(root, items, array[i], $"{path}[{i}]", violations);
            }
        }

        if (value is JsonObject group && schema["properties"] is JsonObject properties)
        {
            foreach (JsonNode? name in schema["required"]?.AsArray() ?? [])
            {
                Require(group.ContainsKey(name!.GetValue<string>()), $"{path}: {name} is required", violations);
            }

            foreach ((string key, JsonNode? inner) in group)
            {
                Require(properties.ContainsKey(key), $"{path}: {key} is unknown", violations);
                if (properties[key] is JsonObject property)
                {
                    Check(root, property, inner, $"{path}.{key}", violations);
                }
            }
        }
    }

    private static bool Fits(JsonNode root, JsonObject schema, JsonNode? value)
    {
        var violations = new List<string>();
        Check(root, schema, value, "", violations);
        return violations.Count == 0;
    }

    private static string TypeOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "integer",
            _ => "boolean",
        },
    };

    private static void Require(bool holds, string violation, List<string> violations)
    {
        if (!holds)
        {
            violations.Add(violation);
        }
    }
}
