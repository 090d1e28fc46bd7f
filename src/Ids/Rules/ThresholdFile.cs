using System.Globalization;
using System.Text;

namespace Weft.Ids;

/// <summary>
/// Reads Suricata's <c>threshold.config</c>: <c>suppress</c>, <c>threshold</c> (also called <c>event_filter</c>) and
/// <c>rate_filter</c> for rules that stand in other files. Lines that cannot be read are left out and named; no text throws.
/// </summary>
public static class ThresholdFile
{
    private const uint Every = 0;

    /// <summary>Applies a file to rules.</summary>
    /// <param name="utf8">The file's text.</param>
    /// <param name="variables">What <c>$NAME</c> stands for.</param>
    /// <param name="rules">The rules; those that the file names are changed.</param>
    /// <param name="diagnostics">Receives one entry for each line that was left out.</param>
    public static void Apply(ReadOnlySpan<byte> utf8, RuleVariables variables, RuleSet rules, IList<RuleDiagnostic> diagnostics)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var lists = new ListReader(variables);
        int number = 0;
        foreach (string raw in Encoding.UTF8.GetString(utf8).Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length > 0 && line[0] != '#' && !TryApply(line, lists, rules))
            {
                diagnostics.Add(new RuleDiagnostic(number, 1, 0, RuleError.BadValue, line.Split(' ')[0]));
            }
        }
    }

    private static bool TryApply(string line, ListReader lists, RuleSet rules)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        if (words.Length < 2)
        {
            return false;
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in SplitList(words[1]))
        {
            string[] pair = part.Split(' ', 2, StringSplitOptions.TrimEntries);
            if (pair.Length != 2 || !values.TryAdd(pair[0], pair[1]))
            {
                return false;
            }
        }

        if (!TryNumber(values, "gen_id", out uint gid) || !TryNumber(values, "sig_id", out uint sid))
        {
            return false;
        }

        Action<Rule>? change = words[0] switch
        {
            "suppress" => Suppress(values, lists),
            "threshold" or "event_filter" => Threshold(values),
            "rate_filter" => Rate(values),
            _ => null,
        };
        if (change is null)
        {
            return false;
        }

        foreach (Rule rule in rules.Rules.Where(rule => (gid == Every || rule.Gid == gid) && (sid == Every || rule.Sid == sid)))
        {
            change(rule);
        }

        return true;
    }

    private static Action<Rule>? Suppress(Dictionary<string, string> values, ListReader lists)
    {
        if (!values.TryGetValue("track", out string? word))
        {
            return rule => rule.Suppressions.Add(new Suppression(ThresholdTrack.Rule, null));
        }

        ThresholdTrack? track = ThresholdReader.TrackOf(word);
        bool isKnown = track is ThresholdTrack.Source or ThresholdTrack.Destination or ThresholdTrack.Either;
        return isKnown && values.TryGetValue("ip", out string? text) && lists.ReadAddresses(text, out AddressSet addresses) == RuleError.None
            ? rule => rule.Suppressions.Add(new Suppression(track!.Value, addresses)) : null;
    }

    private static Action<Rule>? Threshold(Dictionary<string, string> values)
    {
        string text = string.Join(", ", values.Where(pair => pair.Key is not ("gen_id" or "sig_id")).Select(pair => $"{pair.Key} {pair.Value}"));
        return ThresholdReader.Read(text, isFilter: false, out ThresholdOptions? options) == RuleError.None ? rule => rule.Threshold ??= options : null;
    }

    private static Action<Rule>? Rate(Dictionary<string, string> values)
    {
        ThresholdTrack? track = values.TryGetValue("track", out string? word) ? ThresholdReader.TrackOf(word) : null;
        RuleAction? action = values.GetValueOrDefault("new_action") switch
        {
            "alert" => RuleAction.Alert,
            "drop" => RuleAction.Drop,
            "pass" => RuleAction.Pass,
            "reject" => RuleAction.Reject,
            _ => null,
        };
        return track is not null && action is not null && TryNumber(values, "count", out uint count) && TryNumber(values, "seconds", out uint seconds)
            && TryNumber(values, "timeout", out uint timeout) && count is > 0 and <= int.MaxValue && seconds is > 0 and <= int.MaxValue && timeout <= int.MaxValue
            ? rule => rule.RateFilter ??= new RateFilter(track.Value, (int)count, (int)seconds, action.Value, (int)timeout) : null;
    }

    private static bool TryNumber(Dictionary<string, string> values, string name, out uint number)
    {
        number = 0;
        return values.TryGetValue(name, out string? text) && uint.TryParse(text, NumberStyles.None, null, out number);
    }

    // Commas inside brackets belong to a list of addresses.
    private static IEnumerable<string> SplitList(string text)
    {
        int nesting = 0;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            nesting += i == text.Length ? 0 : text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
            if (i == text.Length || (text[i] == ',' && nesting == 0))
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }
    }
}
