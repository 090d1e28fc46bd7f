using System.Text.Json.Nodes;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>What all lists share.</summary>
internal static class ListBounds
{
    public static bool Check(Node node, Location at, int least, int most, ProblemList problems, out SequenceNode sequence)
    {
        sequence = node as SequenceNode ?? new SequenceNode(node.File, node.Line, node.Column);
        if (node is SequenceNode && sequence.Items.Count >= least && sequence.Items.Count <= most)
        {
            return true;
        }

        string message = node is SequenceNode { Items.Count: 0 } ? "the list is empty" : $"{node.Describe()} is not possible here";
        problems.Error(at, message, $"a list of {least} to {most} values");
        return false;
    }

    public static JsonObject Schema(JsonObject items, int least, int most, string description)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = items, ["maxItems"] = most, ["description"] = description };
        if (least > 0)
        {
            schema["minItems"] = least;
        }

        return schema;
    }
}
