using System.Text.Json.Nodes;
using Weft.Host.Config.Comparison;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>A key whose value is a list of groups.</summary>
internal sealed class GroupListField<TSection, TInner>(string name, string description, Shape<TInner> shape, int least, int most, Func<TSection, List<TInner>> list)
    : Field<TSection>(name, description) where TSection : Section where TInner : Section, new()
{
    public override bool IsRequired => least > 0;

    public override string Expected => $"a list, each {shape.Keys}";

    public override string DefaultText => IsRequired ? "required" : "none";

    public override void Read(TSection section, Node node, Location at, ProblemList problems)
    {
        if (!ListBounds.Check(node, at, least, most, problems, out SequenceNode sequence))
        {
            return;
        }

        for (int i = 0; i < sequence.Items.Count; i++)
        {
            list(section).Add(shape.Read(sequence.Items[i], sequence.Items[i].At($"{at.Path}[{i}]"), problems));
        }
    }

    public override void ApplyDefault(TSection section, Location at)
    {
        // An empty list is the default.
    }

    public override void Flatten(Node? node, string path, FlatConfiguration flat)
    {
        flat.AddList(path);
        foreach (Node item in (node as SequenceNode)?.Items ?? [])
        {
            flat.AddMember(path, shape.NameOf(item as MappingNode), member => shape.Flatten(item as MappingNode, member, flat));
        }
    }

    public override JsonObject ToSchema(JsonObject definitions) => ListBounds.Schema(shape.Reference(definitions), least, most, Description);
}
