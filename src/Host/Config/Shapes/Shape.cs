using System.Text.Json.Nodes;
using Weft.Host.Config.Comparison;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>A group of keys: what the reader accepts, what the schema and the guide say.</summary>
/// <param name="title">Its name in the schema's definitions and the guide.</param>
/// <param name="description">What the group stands for.</param>
/// <param name="fields">Its keys, in the order of the guide.</param>
internal sealed class Shape<TSection>(string title, string description, params Field<TSection>[] fields) where TSection : Section, new()
{
    private readonly string[] _names = fields.Select(field => field.Name).ToArray();

    public string Title { get; } = title;

    public string Description { get; } = description;

    /// <summary>All keys, as they follow "expected".</summary>
    public string Keys => $"a group of keys: {string.Join(", ", _names)}";

    public IReadOnlyList<Field<TSection>> Fields => fields;

    /// <summary>Reads a group; always answers with one, so that everything behind an error is still looked at.</summary>
    public TSection Read(Node node, Location at, ProblemList problems)
    {
        var section = new TSection { At = at, IsWritten = true };
        if (node is not MappingNode mapping)
        {
            problems.Error(at, $"{node.Describe()} is not possible here", Keys);
            // Without a word about any key, no validator has anything to say about them.
            return section;
        }

        foreach ((ScalarNode key, Node value) in mapping.Entries)
        {
            int found = Array.IndexOf(_names, key.Text);
            if (found >= 0)
            {
                fields[found].Read(section, value, value.At(at.Key(key.Text).Path), problems);
            }
            else
            {
                problems.Error(key.At(at.Path), $"unknown key {key.Describe()}{NearestName.Hint(key.Text, _names)}");
            }
        }

        foreach (Field<TSection> missing in fields.Where(field => field.IsRequired && mapping.IndexOf(field.Name) < 0))
        {
            problems.Error(at, $"the key '{missing.Name}' is missing", missing.Expected);
        }

        return Fill(section, name => mapping.IndexOf(name) >= 0);
    }

    /// <summary>The group as it counts where nothing is written.</summary>
    public TSection Defaults(Location at) => Fill(new TSection { At = at }, _ => false);

    /// <summary>Notes what counts in a group, for comparison with another document.</summary>
    /// <param name="mapping">What is written; null if nothing is.</param>
    /// <param name="path">The group's own path, empty for the document.</param>
    /// <param name="flat">Takes the notes.</param>
    public void Flatten(MappingNode? mapping, string path, FlatConfiguration flat)
    {
        foreach (Field<TSection> field in fields)
        {
            field.Flatten(Written(mapping, field.Name), path.Length == 0 ? field.Name : $"{path}.{field.Name}", flat);
        }
    }

    /// <summary>What tells a member of a list from others: its name, or the first of its keys that is written.</summary>
    public string NameOf(MappingNode? mapping)
    {
        Node? name = Written(mapping, "name") ?? fields.Select(field => Written(mapping, field.Name)).FirstOrDefault(node => node is ScalarNode);
        return (name as ScalarNode)?.Text ?? "";
    }

    private static Node? Written(MappingNode? mapping, string key) => mapping?.IndexOf(key) is >= 0 and int found ? mapping.Entries[found].Value : null;

    /// <summary>A reference to the group's schema, which is added to <paramref name="definitions"/> the first time.</summary>
    public JsonObject Reference(JsonObject definitions)
    {
        if (!definitions.ContainsKey(Title))
        {
            // The entry exists before its content, so that the order of definitions is the order of mention.
            definitions[Title] = null;
            definitions[Title] = ToSchema(definitions);
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{Title}" };
    }

    /// <summary>The group's schema, inline.</summary>
    public JsonObject ToSchema(JsonObject definitions)
    {
        var properties = new JsonObject();
        foreach (Field<TSection> field in fields)
        {
            properties[field.Name] = field.ToSchema(definitions);
        }

        var schema = new JsonObject { ["description"] = Description, ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        string[] required = fields.Where(field => field.IsRequired).Select(field => field.Name).ToArray();
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray(required.Select(name => (JsonNode?)name).ToArray());
        }

        return schema;
    }

    private TSection Fill(TSection section, Func<string, bool> isPresent)
    {
        foreach (Field<TSection> field in fields.Where(field => !isPresent(field.Name)))
        {
            field.ApplyDefault(section, section.At.Key(field.Name));
        }

        return section;
    }
}
