namespace Weft.Host.Config.Yaml;

/// <summary>Where a value stands: for a person, the line and column; for the document's grammar, the path of keys.</summary>
/// <param name="File">The file, or <c>--set</c>.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Path">For example <c>ports[1].vlan.id</c>.</param>
internal sealed record Location(string File, int Line, int Column, string Path)
{
    /// <summary>The same place for a person, another key.</summary>
    public Location Key(string key) => this with { Path = Path.Length == 0 ? key : $"{Path}.{key}" };
}
