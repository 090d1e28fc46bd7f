using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Host.Config.Yaml;

/// <summary>Values from the command line, <c>--set switch.poll=spin</c>, <c>--set ports[up0].mtu=9000</c>, laid over the document.</summary>
internal static partial class Overrides
{
    /// <summary>What problems name as their file.</summary>
    public const string File = "--set";

    /// <summary>Applies one assignment; groups that the document lacks are made.</summary>
    public static void Apply(Node root, string assignment, ProblemList problems)
    {
        var at = new Location(File, 1, 1, "");
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? assignment : assignment[..equals];
        if (equals < 0 || !PathRegex().IsMatch(path))
        {
            problems.Error(at, $"{Quoted.Of(assignment)} is no assignment", "path=value, such as switch.poll=spin or ports[up0].mtu=9000");
            return;
        }

        string text = assignment[(equals + 1)..];
        Node? value = string.IsNullOrWhiteSpace(text) ? new ScalarNode(File, 1, 1, text, isPlain: false) : NodeReader.Read(text, File, problems);
        if (value is not null)
        {
            Assign(root, StepRegex().Matches(path).Select(match => match.Value).ToArray(), value, at with { Path = path }, problems);
        }
    }

    private static void Assign(Node node, string[] steps, Node value, Location at, ProblemList problems)
    {
        for (int i = 0; i < steps.Length; i++)
        {
            bool isLast = i == steps.Length - 1;
            Node? next = node switch
            {
                MappingNode mapping => StepInto(mapping, steps[i], isLast ? value : null),
                SequenceNode sequence => StepInto(sequence, steps[i].Trim('[', ']'), isLast ? value : null),
                _ => null,
            };
            if (next is null)
            {
                problems.Error(at, $"there is no {Quoted.Of(steps[i])} in the document that could be set");
                return;
            }

            node = next;
        }
    }

    private static Node StepInto(MappingNode mapping, string key, Node? value)
    {
        int found = mapping.IndexOf(key);
        if (found < 0)
        {
            mapping.Entries.Add((new ScalarNode(File, 1, 1, key, isPlain: true), value ?? new MappingNode(File, 1, 1)));
            found = mapping.Entries.Count - 1;
        }
        else if (value is not null)
        {
            mapping.Entries[found] = (mapping.Entries[found].Key, value);
        }

        return mapping.Entries[found].Value;
    }

    private static Node? StepInto(SequenceNode sequence, string which, Node? value)
    {
        int found = sequence.Items.FindIndex(item => item is MappingNode m && m.IndexOf("name") is >= 0 and int n && m.Entries[n].Value is ScalarNode name && name.Text == which);
        if (found < 0 && (!int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out found) || found >= sequence.Items.Count))
        {
            return null;
        }

        if (value is not null)
        {
            sequence.Items[found] = value;
        }

        return sequence.Items[found];
    }

    [GeneratedRegex("^[A-Za-z]+(\\[[^\\[\\]]{1,64}\\]|\\.[A-Za-z]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex PathRegex();

    [GeneratedRegex("\\[[^\\]]+\\]|[A-Za-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex StepRegex();
}
