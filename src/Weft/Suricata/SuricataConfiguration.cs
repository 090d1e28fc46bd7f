using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Weft.Cli.Suricata;

/// <summary>A suricata.yaml as names and values, in the form in which <c>--dump-config</c> prints it and <c>--set</c> changes it.</summary>
internal sealed class SuricataConfiguration
{
    private readonly OrderedDictionary<string, string?> _values = new(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">It cannot be read, or is no YAML.</exception>
    public static SuricataConfiguration Read(string? path, IEnumerable<string> assignments)
    {
        var configuration = new SuricataConfiguration();
        if (path is not null)
        {
            try
            {
                using var text = new StreamReader(path);
                var yaml = new YamlStream();
                yaml.Load(text);
                if (yaml.Documents.Count > 0)
                {
                    configuration.Add("", yaml.Documents[0].RootNode);
                }
            }
            catch (YamlException wrong)
            {
                throw new IOException($"{path}: {wrong.Message}", wrong);
            }
        }

        foreach (string[] parts in assignments.Select(assignment => assignment.Split('=', 2)))
        {
            configuration._values[parts[0].Trim()] = parts.Length > 1 ? parts[1].Trim() : "";
        }

        return configuration;
    }

    /// <summary>A value, null if there is none.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);

    public bool IsOn(string name) => this[name] is "yes" or "true" or "on" or "1";

    /// <summary>Names and values below a name.</summary>
    public IEnumerable<(string Name, string Value)> Below(string name) =>
        _values.Where(pair => pair.Value is not null && pair.Key.StartsWith(name + ".", StringComparison.Ordinal)).Select(pair => (pair.Key[(name.Length + 1)..], pair.Value!));

    /// <summary>Lines of <c>name = value</c>.</summary>
    public IEnumerable<string> Lines() => _values.Select(pair => $"{pair.Key} = {pair.Value ?? "(null)"}");

    private void Add(string name, YamlNode node)
    {
        switch (node)
        {
            case YamlScalarNode scalar:
                _values[name] = scalar.Value;
                break;
            case YamlSequenceNode list:
                AddParent(name);
                foreach ((int index, YamlNode item) in list.Children.Index())
                {
                    AddItem($"{name}.{index.ToString(CultureInfo.InvariantCulture)}", item);
                }

                break;
            case YamlMappingNode group:
                AddParent(name);
                foreach ((YamlNode key, YamlNode value) in group.Children)
                {
                    Add(name.Length == 0 ? key.ToString() : $"{name}.{key}", value);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>A group in a list is known by its first key too: <c>outputs.0 = fast</c>.</summary>
    private void AddItem(string name, YamlNode item)
    {
        Add(name, item);
        if (item is YamlMappingNode { Children.Count: > 0 } group)
        {
            _values[name] = group.Children[0].Key.ToString();
        }
    }

    private void AddParent(string name)
    {
        if (name.Length > 0)
        {
            _values[name] = null;
        }
    }
}
