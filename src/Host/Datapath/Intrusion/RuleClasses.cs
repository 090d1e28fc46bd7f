using System.Globalization;
using System.Text;
using Weft.Ids;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>Texts and priorities of <c>classtype</c>, as a classification.config gives them: <c>config classification: name,text,priority</c>.</summary>
internal sealed class RuleClasses
{
    private const string Key = "config classification:";

    /// <summary>Priority of a rule that names none and whose class has none.</summary>
    private const int LeastPriority = 3;

    private readonly Dictionary<string, (string Text, int Priority)> _classes = new(StringComparer.OrdinalIgnoreCase);

    public static RuleClasses None { get; } = new();

    /// <summary>Reads a file; lines that say something else are passed over.</summary>
    public static RuleClasses Parse(ReadOnlySpan<byte> bytes)
    {
        var classes = new RuleClasses();
        foreach (string line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            string[] parts = line.StartsWith(Key, StringComparison.Ordinal) ? line[Key.Length..].Split(',') : [];
            if (parts.Length >= 3 && int.TryParse(parts[^1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int priority))
            {
                classes._classes[parts[0].Trim()] = (string.Join(',', parts[1..^1]).Trim(), priority);
            }
        }

        return classes;
    }

    public string TextOf(string name) => _classes.TryGetValue(name, out (string Text, int Priority) found) ? found.Text : name;

    public int PriorityOf(Rule rule) =>
        rule.Priority == LeastPriority && _classes.TryGetValue(rule.ClassType, out (string Text, int Priority) found) ? found.Priority : rule.Priority;
}
