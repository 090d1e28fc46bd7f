using System.Globalization;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Writes a rule in one form, whatever the form in which it was read: variables resolved, bytes in hexadecimal, one buffer after the other.</summary>
internal static class RuleText
{
    public static string Of(Rule rule)
    {
        var to = new RuleWriter();
        string direction = rule.IsBidirectional ? "<>" : "->";
        to.Append($"{ActionOf(rule)} {rule.Protocol.Word} {Of(rule.Source)} {Of(rule.SourcePorts)} {direction} {Of(rule.Destination)} {Of(rule.DestinationPorts)} (");
        if (rule.Message.Length > 0)
        {
            to.Option("msg", $"\"{rule.Message.Replace(";", "\\;", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }

        StateText.Write(rule, to);
        HeaderCheck? before = null;
        foreach (HeaderCheck check in rule.Headers)
        {
            // That there is a payload goes without saying behind a size that it must not have.
            bool isImplied = before is { Field: HeaderField.PayloadLength, Range.IsNegated: true } && check.Field == HeaderField.PayloadLength;
            before = check;
            if (!isImplied)
            {
                HeaderText.Write(check, to);
            }
        }

        for (int i = 0; i < rule.Sections.Count; i++)
        {
            WriteSection(rule.Sections[i], isFirst: i == 0, to);
        }

        if (rule.ClassType.Length > 0)
        {
            to.Option("classtype", rule.ClassType);
        }

        to.Append(string.Create(CultureInfo.InvariantCulture, $"gid:{rule.Gid}; sid:{rule.Sid}; rev:{rule.Rev}; priority:{rule.Priority};)"));
        return to.ToString();
    }

    private static void WriteSection(RuleSection section, bool isFirst, RuleWriter to)
    {
        to.Buffer = section.Kind;
        string? keyword = BufferNames.StickyOf(section.Kind);
        to.Flag(keyword ?? "", keyword is not null && !(isFirst && section.Kind == BufferKind.Payload));
        foreach (Transform transform in section.Transforms)
        {
            to.Append(transform.Word + "; ");
        }

        to.Flag("absent", section.IsAbsent);
        to.Flag("absent:or_else", section.AbsentOrElse);
        foreach (PayloadCheck check in section.Checks)
        {
            check.Write(to);
        }

        foreach (Base64Decode decode in section.Checks.OfType<Base64Decode>().Where(decode => decode.Inner.Count > 0))
        {
            to.Flag("base64_data");
            decode.Inner.ForEach(check => check.Write(to));
        }
    }

    private static string ActionOf(Rule rule) => rule.Action switch
    {
        RuleAction.Alert => "alert",
        RuleAction.Drop => "drop",
        RuleAction.Pass => "pass",
        _ => rule.RejectTarget switch { RejectTarget.Destination => "rejectdst", RejectTarget.Both => "rejectboth", _ => "reject" },
    };

    private static string Of(AddressSet set)
    {
        IEnumerable<string> included = set.Included.Select(range => Of(range.First, range.Last));
        IEnumerable<string> excluded = set.Excluded.Select(range => "!" + Of(range.First, range.Last));
        return set.IsAny ? "any" : $"[{string.Join(',', included.Concat(excluded))}]";
    }

    private static string Of(IPv6Address first, IPv6Address last) => $"{Of(first)}-{Of(last)}";

    private static string Of(IPv6Address address) => address.High == 0 && address.Low >> 32 == 0xFFFF ? new IPv4Address((uint)address.Low).ToString() : address.ToString();

    private static string Of(PortSet set)
    {
        if (set.IsAny)
        {
            return "any";
        }

        var ranges = new List<string>();
        foreach ((ushort first, ushort last) in set.Ranges)
        {
            ranges.Add(string.Create(CultureInfo.InvariantCulture, $"{first}:{last}"));
        }

        // No port at all is one without itself.
        return ranges.Count == 0 ? "[0,!0]" : $"[{string.Join(',', ranges)}]";
    }
}
