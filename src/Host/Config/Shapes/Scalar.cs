using System.Text.Json.Nodes;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>Reads a value of one kind; false if the node is no such value.</summary>
internal delegate bool ScalarParser<T>(ScalarNode node, out T value);

/// <summary>A kind of single value: how it is read, how it is described to a person and to an editor.</summary>
/// <param name="Expected">What is right, as it follows "expected": <c>a whole number from 1 to 4094</c>.</param>
/// <param name="Parse">The reader.</param>
/// <param name="Schema">Its JSON Schema.</param>
/// <param name="Write">The JSON form of a value, for defaults in the schema.</param>
internal sealed record Scalar<T>(string Expected, ScalarParser<T> Parse, Func<JsonObject> Schema, Func<T, JsonNode> Write)
{
    /// <summary>Says more exactly what is wrong with a refused value, or null where there is nothing to add.</summary>
    public Func<ScalarNode, string?> Objection { get; init; } = _ => null;

    /// <summary>Reads a node, or tells what is wrong with it.</summary>
    public Setting<T> Read(Node node, Location at, ProblemList problems)
    {
        if (node is ScalarNode scalar && !scalar.IsNull && Parse(scalar, out T value))
        {
            return new Setting<T>(value, at, IsWritten: true, IsKnown: true);
        }

        problems.Error(at, Complaint(node), Expected);
        return new Setting<T>(default!, at, IsWritten: true, IsKnown: false);
    }

    /// <summary>The value of a node as text that is the same for two ways to write it.</summary>
    public string Normalize(Node node) => node is ScalarNode written && Parse(written, out T value) ? Write(value).ToString() : (node as ScalarNode)?.Text ?? node.Describe();

    private string Complaint(Node node) => node switch
    {
        ScalarNode { IsNull: true } => "the key has no value",
        ScalarNode scalar when Objection(scalar) is string objection => objection,
        _ => $"{node.Describe()} is not possible here",
    };
}
