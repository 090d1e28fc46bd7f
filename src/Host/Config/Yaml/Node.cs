namespace Weft.Host.Config.Yaml;

/// <summary>A value of the YAML document with its place in the text.</summary>
internal abstract class Node(string file, int line, int column)
{
    public string File { get; } = file;

    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>What the value is, in words for an error.</summary>
    public abstract string Describe();

    public Location At(string path) => new(File, Line, Column, path);
}

/// <summary>A single value.</summary>
internal sealed class ScalarNode(string file, int line, int column, string text, bool isPlain) : Node(file, line, column)
{
    /// <summary>The text, escapes resolved.</summary>
    public string Text { get; } = text;

    /// <summary>True if it stands without quotes, so that YAML reads <c>10</c> and <c>true</c> as number and boolean.</summary>
    public bool IsPlain { get; } = isPlain;

    /// <summary>True for a key without a value, <c>null</c> and <c>~</c>.</summary>
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Describe() => IsNull ? "nothing" : Quoted.Of(Text);
}

/// <summary>A list.</summary>
internal sealed class SequenceNode(string file, int line, int column) : Node(file, line, column)
{
    public List<Node> Items { get; } = [];

    public override string Describe() => Items.Count == 1 ? "a list of one value" : $"a list of {Items.Count} values";
}

/// <summary>Keys with values, in the order of the text.</summary>
internal sealed class MappingNode(string file, int line, int column) : Node(file, line, column)
{
    public List<(ScalarNode Key, Node Value)> Entries { get; } = [];

    public override string Describe() => "a group of keys";

    public int IndexOf(string key) => Entries.FindIndex(entry => entry.Key.Text == key);
}
