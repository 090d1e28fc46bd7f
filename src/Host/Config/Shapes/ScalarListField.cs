using System.Text.Json.Nodes;
using Weft.Host.Config.Comparison;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>A key whose value is a list of single values.</summary>
internal sealed class ScalarListField<TSection, T>(string name, string description, Scalar<T> scalar, int most, string absence, Func<TSection, List<Setting<T>>> list)
    : Field<TSection>(name, description) where TSection : Section
{
    public override string Expected => $"a list, each {scalar.Expected}";

    public override string DefaultText => absence;

    public override void Read(TSection section, Node node, Location at, ProblemList problems)
    {
        if (!ListBounds.Check(node, at, least: 0, most, problems, out SequenceNode sequence))
        {
            return;
        }

        for (int i = 0; i < sequence.Items.Count; i++)
        {
            list(section).Add(scalar.Read(sequence.Items[i], sequence.Items[i].At($"{at.Path}[{i}]"), problems));
        }
    }

    public override void ApplyDefault(TSection section, Location at)
    {
        // An empty list is the default.
    }

    public override void Flatten(Node? node, string path, FlatConfiguration flat)
    {
        if (node is SequenceNode { Items.Count: > 0 } sequence)
        {
            flat.Add(path, $"[{string.Join(", ", sequence.Items.Select(scalar.Normalize))}]", isWritten: true);
        }
    }

    public override JsonObject ToSchema(JsonObject definitions) => ListBounds.Schema(scalar.Schema(), least: 0, most, Description);
}
