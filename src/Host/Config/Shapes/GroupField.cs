using System.Text.Json.Nodes;
using Weft.Host.Config.Comparison;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>A key whose value is a group of keys; absent, it stands for the group's defaults.</summary>
internal sealed class GroupField<TSection, TInner>(string name, string description, Shape<TInner> shape, Action<TSection, TInner> assign)
    : Field<TSection>(name, description) where TSection : Section where TInner : Section, new()
{
    public override string Expected => shape.Keys;

    public override string DefaultText => "its defaults";

    public override void Read(TSection section, Node node, Location at, ProblemList problems) => assign(section, shape.Read(node, at, problems));

    public override void ApplyDefault(TSection section, Location at) => assign(section, shape.Defaults(at));

    public override void Flatten(Node? node, string path, FlatConfiguration flat) => shape.Flatten(node as MappingNode, path, flat);

    public override JsonObject ToSchema(JsonObject definitions)
    {
        JsonObject schema = shape.Reference(definitions);
        schema["description"] = Description;
        return schema;
    }
}
