using System.Globalization;
using System.Text;
using Weft.Conformance.Support;

namespace Weft.Conformance.IdsTests;

/// <summary>
/// OISF's suricata-verify: captures, rules, and what must alert. A case passes if every check of its alerts holds; a check that
/// asks for more than a detector tells (bytes of a log, names of interfaces) is held to the rest of it.
/// </summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class SuricataVerifyTests(ITestOutputHelper output)
{
    private static readonly string[] Levels = ["L1", "L2", "L3"];

    // What must pass of a level, in percent of the cases that are judged, and why a case may fail.
    private static readonly Dictionary<string, int> Wanted = new() { ["L1"] = 100, ["L2"] = 95, ["L3"] = 95 };

    [Fact]
    public void The_table_of_cases_is_the_one_in_the_documents_and_as_good_as_promised()
    {
        string folder = OtherPeoplesData.Need("suricata-verify");
        var results = Levels.ToDictionary(level => level, level => VerifyTable.Run(folder, level).ToArray());
        foreach (string level in Levels)
        {
            int passed = results[level].Count(one => one.Verdict == VerifyVerdict.Passed);
            int judged = results[level].Count(one => one.Verdict != VerifyVerdict.NotJudged);
            output.WriteLine($"{level}: {passed} of {judged} judged cases passed");
            foreach ((string name, VerifyVerdict verdict, string reason) in results[level])
            {
                output.WriteLine($"{level} {verdict} {name} {reason}");
            }
        }

        string path = Path.Combine(Repository.Root, "docs", "ids-verify.md");
        string text = Document(results);
        if (Environment.GetEnvironmentVariable("WEFT_GOLDEN") == "write")
        {
            File.WriteAllText(path, text);
        }

        Assert.Equal(text, File.ReadAllText(path));
        foreach (string level in Levels)
        {
            int passed = results[level].Count(one => one.Verdict == VerifyVerdict.Passed);
            int judged = results[level].Count(one => one.Verdict != VerifyVerdict.NotJudged);
            Assert.True(100 * passed >= Wanted[level] * judged, $"{level}: {passed} of {judged} cases passed, {Wanted[level]} % must");
        }
    }

    private static string Document(Dictionary<string, (string Name, VerifyVerdict Verdict, string Reason)[]> results)
    {
        var text = new StringBuilder();
        text.Append("""
            # suricata-verify

            OISF's [suricata-verify](https://github.com/OISF/suricata-verify) holds captures, rules and the alerts that must come of them. This
            page is written by `SuricataVerifyTests`, which runs the cases (`WEFT_GOLDEN=write` writes it anew); the cases lie outside of the
            repository, in the folder that `WEFT_DATA` names.

            A case is judged if it has a capture, rules and a check of alerts. It passes if every such check holds. Checks of other events
            (flows, statistics, files) are not looked at; one that asks an alert for more than a detector tells (bytes of the payload as a log
            shows them, addresses of the link) is held to the rest of it, as a least number. Where a case names the packet of an alert on a
            stream, that packet or an earlier one will do: Suricata tells of a stream with the next packet of its direction, this detector
            when the receiver acknowledged it.

            | level | rules | judged | passed | failed |
            |---|---|---|---|---|

            """.Replace("\r", "", StringComparison.Ordinal));
        Dictionary<string, string> names = new() { ["L1"] = "contents, flow, thresholds", ["L2"] = "and pcre, byte keywords, flow bits, headers, events", ["L3"] = "and buffers of HTTP, DNS and TLS" };
        foreach (string level in Levels)
        {
            int passed = results[level].Count(one => one.Verdict == VerifyVerdict.Passed);
            int failed = results[level].Count(one => one.Verdict == VerifyVerdict.Failed);
            text.Append(CultureInfo.InvariantCulture, $"| {level} | {names[level]} | {passed + failed} | {passed} | {failed} |\n");
        }

        text.Append("\n## Not judged\n\n| reason | cases |\n|---|---|\n");
        foreach (IGrouping<string, string> group in results.Values.SelectMany(all => all).Where(one => one.Verdict == VerifyVerdict.NotJudged).Select(one => one.Reason).GroupBy(reason => reason).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {group.Key} | {group.Count()} |\n");
        }

        text.Append("\n## Failed\n\n| case | what is missing | why |\n|---|---|---|\n");
        foreach ((string name, _, string reason) in Levels.SelectMany(level => results[level]).Where(one => one.Verdict == VerifyVerdict.Failed).OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {reason.Replace("|", "\\|", StringComparison.Ordinal)} | {VerifyReasons.Of(name, reason)} |\n");
        }

        return text.ToString();
    }
}
