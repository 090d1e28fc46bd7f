using System.Text;

namespace Weft.Ids;

/// <summary>
/// Reads rules in the languages of Suricata 5 to 8, Snort 2 and Snort 3. A rule with anything
/// unknown or wrong in it is left out and named in a diagnostic; the others are read on. No text throws.
/// </summary>
public static class RuleParser
{
    /// <summary>Most characters of one rule, continued lines joined.</summary>
    public const int MaxRuleLength = 1 << 20;

    /// <summary>Most rules of one text, those that were left out not counted.</summary>
    public const int MaxRules = 1 << 18;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads rules, one a line; a backslash at a line's end continues it, and so does Snort 3's way to break a line anywhere between
    /// the parentheses, up to a blank line, a comment or the next rule. <c>#</c> begins a comment line.
    /// </summary>
    /// <param name="utf8">The text.</param>
    /// <param name="variables">What <c>$NAME</c> stands for.</param>
    /// <param name="diagnostics">Receives one entry for each rule that was left out.</param>
    public static RuleSet Parse(ReadOnlySpan<byte> utf8, RuleVariables variables, IList<RuleDiagnostic> diagnostics)
    {
        var rules = new List<Rule>();
        var known = new HashSet<(uint, uint)>();
        var lists = new ListReader(variables);
        var sets = new ByteSetCache();
        var joined = new List<byte>();
        int line = 0;
        int first = 0;
        while (!utf8.IsEmpty)
        {
            line++;
            int end = utf8.IndexOf((byte)'\n');
            ReadOnlySpan<byte> bytes = end < 0 ? utf8 : utf8[..end];
            utf8 = end < 0 ? [] : utf8[(end + 1)..];
            bytes = bytes.TrimEnd((byte)'\r').TrimEnd(" \t"u8);
            first = joined.Count == 0 ? line : first;
            if (bytes is [.., (byte)'\\'] && !utf8.IsEmpty)
            {
                joined.AddRange(bytes[..^1]);
                continue;
            }

            joined.AddRange(bytes);
            if (IsOpen(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(joined)) && Continues(utf8))
            {
                joined.Add((byte)' ');
                continue;
            }

            ParseLine(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(joined), first, lists, sets, rules, known, diagnostics);
            joined.Clear();
            if (rules.Count > MaxRules)
            {
                diagnostics.Add(new RuleDiagnostic(first, 1, rules[^1].Sid, RuleError.TooMany, ""));
                rules.RemoveAt(MaxRules);
                break;
            }
        }

        return new RuleSet(rules);
    }

    private static bool IsOpen(ReadOnlySpan<byte> rule) => rule is [not (byte)'#', .., not (byte)')'] && rule.Contains((byte)'(');

    private static bool Continues(ReadOnlySpan<byte> utf8)
    {
        int end = utf8.IndexOf((byte)'\n');
        ReadOnlySpan<byte> next = (end < 0 ? utf8 : utf8[..end]).Trim(" \t\r"u8);
        if (next.IsEmpty || next[0] == '#')
        {
            return false;
        }

        int word = next.IndexOfAny((byte)' ', (byte)'\t');
        return word < 0 || !RuleReader.IsAction(Encoding.Latin1.GetString(next[..word]));
    }

    private static void ParseLine(ReadOnlySpan<byte> bytes, int line, ListReader lists, ByteSetCache sets, List<Rule> rules, HashSet<(uint, uint)> known, IList<RuleDiagnostic> diagnostics)
    {
        bytes = bytes.Trim(" \t"u8);
        if (bytes.IsEmpty || bytes[0] == '#')
        {
            return;
        }

        if (!TryDecode(bytes, out string text, out RuleError textError))
        {
            diagnostics.Add(new RuleDiagnostic(line, 1, 0, textError, ""));
            return;
        }

        var reader = new RuleReader(text, line, lists, sets);
        RuleError error = reader.Read();
        if (error == RuleError.None && !known.Add((reader.Rule.Gid, reader.Rule.Sid)))
        {
            error = RuleError.DuplicateSid;
        }

        if (error == RuleError.None)
        {
            rules.Add(reader.Rule);
        }
        else
        {
            diagnostics.Add(new RuleDiagnostic(line, reader.Column, reader.Rule.Sid, error, reader.Word));
        }
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out string text, out RuleError error)
    {
        text = "";
        error = bytes.Length > MaxRuleLength ? RuleError.TooLong : bytes.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(bytes) ? RuleError.NotText : RuleError.None;
        if (error != RuleError.None)
        {
            return false;
        }

        text = StrictUtf8.GetString(bytes);
        return true;
    }
}
