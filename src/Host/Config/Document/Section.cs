using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Document;

/// <summary>A group of keys in the document.</summary>
internal abstract class Section
{
    public Location At { get; set; } = new("", 1, 1, "");

    /// <summary>True if the text has the group; false if it stands for its defaults.</summary>
    public bool IsWritten { get; set; }
}
