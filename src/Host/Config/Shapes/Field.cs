using System.Text.Json.Nodes;
using Weft.Host.Config.Comparison;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>One key of a group: how it is read, what it defaults to, how it is described. Reader, schema and guide all come from here.</summary>
/// <param name="name">The key.</param>
/// <param name="description">What it means, for the schema and the guide.</param>
internal abstract class Field<TSection>(string name, string description) where TSection : Section
{
    public string Name { get; } = name;

    public string Description { get; } = description;

    public virtual bool IsRequired => false;

    /// <summary>The column "value" of the guide.</summary>
    public abstract string Expected { get; }

    /// <summary>The column "default" of the guide.</summary>
    public virtual string DefaultText => IsRequired ? "required" : "";

    public abstract void Read(TSection section, Node node, Location at, ProblemList problems);

    public abstract void ApplyDefault(TSection section, Location at);

    /// <summary>Notes what counts, for comparison with another document.</summary>
    /// <param name="node">What is written; null if nothing is.</param>
    /// <param name="path">The key with all above it.</param>
    /// <param name="flat">Takes the notes.</param>
    public abstract void Flatten(Node? node, string path, FlatConfiguration flat);

    /// <param name="definitions">Takes the schemas of groups that the field refers to.</param>
    public abstract JsonObject ToSchema(JsonObject definitions);
}
