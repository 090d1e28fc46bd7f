using System.Globalization;
using System.Text.RegularExpressions;

namespace Weft.Ids;

/// <summary>Reads the options of one rule. Modifiers change the content that was read last.</summary>
internal sealed class OptionReader(Rule rule)
{
    private static readonly TimeSpan BacktrackingLimit = TimeSpan.FromMilliseconds(100);

    private readonly ByteOptionReader _bytes = new();
    private Content? _last;

    public RuleError Read(string keyword, string value)
    {
        switch (keyword)
        {
            case "msg":
                return ReadMessage(value);
            case "sid":
                RuleError sidError = ReadNumber(value, 1, out uint sid);
                rule.Sid = sid;
                return sidError;
            case "gid":
                RuleError gidError = ReadNumber(value, 0, out uint gid);
                rule.Gid = gid;
                return gidError;
            case "rev":
                RuleError revError = ReadNumber(value, 0, out uint rev);
                rule.Rev = rev;
                return revError;
            case "priority":
                RuleError priorityError = ReadNumber(value, 1, out uint priority);
                rule.Priority = (byte)priority;
                return priority > byte.MaxValue ? RuleError.BadValue : priorityError;
            case "classtype":
                rule.ClassType = value;
                return RuleError.None;
            case "reference" or "metadata" or "target" or "rawbytes":
                return RuleError.None;
            case "noalert":
                rule.IsSilent = true;
                return RuleError.None;
            case "flow":
                return ReadFlow(value);
            case "flowbits":
                return ReadFlowBits(value);
            case "threshold":
                return ReadThreshold(value, isFilter: false);
            case "detection_filter":
                return ReadThreshold(value, isFilter: true);
            case "content":
                return ReadContent(value);
            case "pcre":
                return ReadPcre(value);
            case "isdataat":
                return ReadIsDataAt(value);
            case "byte_test":
                return Add(_bytes.ReadTest(value, out PayloadCheck? test), test);
            case "byte_jump":
                return Add(_bytes.ReadJump(value, out PayloadCheck? jump), jump);
            case "byte_extract":
                return Add(_bytes.ReadExtract(value, out PayloadCheck? extract), extract);
            case "byte_math":
                return Add(_bytes.ReadMath(value, out PayloadCheck? math), math);
            default:
                return HeaderOptions.TryRead(keyword, value, rule, out RuleError headerError) ? headerError : ReadModifier(keyword, value);
        }
    }

    private static RuleError ReadNumber(string text, uint least, out uint value) =>
        uint.TryParse(text, NumberStyles.None, null, out value) && value >= least ? RuleError.None : RuleError.BadValue;

    private RuleError Add(RuleError error, PayloadCheck? check)
    {
        if (check is not null)
        {
            rule.Checks.Add(check);
        }

        return error;
    }

    private RuleError ReadMessage(string value)
    {
        if (value is not ['"', .., '"'])
        {
            return RuleError.BadQuotes;
        }

        rule.Message = value[1..^1].Replace("\\;", ";", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal);
        return RuleError.None;
    }

    private RuleError ReadContent(string value)
    {
        RuleError error = ContentText.Read(value, out byte[] bytes, out bool negated, out string rest);
        if (error != RuleError.None)
        {
            return error;
        }

        _last = new Content { Bytes = bytes, IsNegated = negated };
        rule.Checks.Add(_last);

        // Snort 3 has the modifiers behind commas.
        foreach (string modifier in rest.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int space = modifier.IndexOf(' ', StringComparison.Ordinal);
            error = ReadModifier(space < 0 ? modifier : modifier[..space], space < 0 ? "" : modifier[(space + 1)..].Trim());
            if (error != RuleError.None)
            {
                return error;
            }
        }

        return RuleError.None;
    }

    private RuleError ReadModifier(string keyword, string value)
    {
        if (keyword is not ("nocase" or "offset" or "depth" or "distance" or "within" or "startswith" or "endswith" or "fast_pattern"))
        {
            return RuleError.UnknownKeyword;
        }

        if (_last is not Content content)
        {
            return RuleError.ModifierWithoutContent;
        }

        Operand operand = default;
        if (keyword is "offset" or "depth" or "distance" or "within" && !_bytes.TryReadOperand(value, out operand))
        {
            return RuleError.BadValue;
        }

        return ContentModifiers.Apply(content, keyword, operand, rule);
    }

    private RuleError ReadPcre(string value)
    {
        bool negated = value.StartsWith('!');
        value = (negated ? value[1..] : value).Trim();
        if (value is not ['"', '/', .., '"'])
        {
            return RuleError.BadQuotes;
        }

        RuleError error = PcreText.Read(value[1..^1], BacktrackingLimit, out Regex? regex, out bool relative);
        return Add(error, regex is null ? null : new Pcre(regex, relative, negated));
    }

    private RuleError ReadIsDataAt(string value)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        bool negated = words[0].StartsWith('!');
        if (!_bytes.TryReadOperand(words[0].TrimStart('!'), out Operand position) || words[1..].Any(word => word is not ("relative" or "rawbytes")))
        {
            return RuleError.BadValue;
        }

        rule.Checks.Add(new IsDataAt(position, negated, words.Contains("relative")));
        return RuleError.None;
    }

    private RuleError ReadFlow(string value)
    {
        foreach (string word in value.Split(',', StringSplitOptions.TrimEntries))
        {
            FlowCondition condition = word switch
            {
                "to_server" or "from_client" => FlowCondition.ToServer,
                "to_client" or "from_server" => FlowCondition.ToClient,
                "established" => FlowCondition.Established,
                "not_established" => FlowCondition.NotEstablished,
                "stateless" => FlowCondition.Stateless,
                "only_stream" => FlowCondition.OnlyStream,
                "no_stream" => FlowCondition.NoStream,
                _ => FlowCondition.None,
            };
            if (condition == FlowCondition.None)
            {
                return RuleError.BadValue;
            }

            rule.Flow |= condition;
        }

        return Excludes(FlowCondition.ToServer | FlowCondition.ToClient) || Excludes(FlowCondition.Established | FlowCondition.NotEstablished)
            || Excludes(FlowCondition.OnlyStream | FlowCondition.NoStream) ? RuleError.ConflictingModifiers : RuleError.None;
    }

    private bool Excludes(FlowCondition both) => (rule.Flow & both) == both;

    private RuleError ReadFlowBits(string value)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        if (words is ["noalert"])
        {
            rule.IsSilent = true;
            return RuleError.None;
        }

        FlowBitAction? action = words[0] switch
        {
            "set" => FlowBitAction.Set,
            "unset" => FlowBitAction.Unset,
            "toggle" => FlowBitAction.Toggle,
            "isset" => FlowBitAction.IsSet,
            "isnotset" => FlowBitAction.IsNotSet,
            _ => null,
        };
        if (action is null || words.Length != 2)
        {
            return RuleError.BadValue;
        }

        bool isOr = words[1].Contains('|', StringComparison.Ordinal);
        string[] names = words[1].Split(['|', '&'], StringSplitOptions.TrimEntries);
        bool isMixed = isOr && words[1].Contains('&', StringComparison.Ordinal);
        if (isMixed || names.Any(name => name.Length == 0 || name.Contains(' ', StringComparison.Ordinal)))
        {
            return RuleError.BadValue;
        }

        rule.FlowBits.Add(new FlowBit(action.Value, names, !isOr));
        return RuleError.None;
    }

    private RuleError ReadThreshold(string value, bool isFilter)
    {
        ThresholdKind? kind = isFilter ? ThresholdKind.DetectionFilter : null;
        ThresholdTrack? track = null;
        uint count = 0;
        uint seconds = 0;
        foreach (string part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] pair = part.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            bool isRead = pair switch
            {
                ["type", "limit"] when !isFilter => (kind = ThresholdKind.Limit) is not null,
                ["type", "threshold"] when !isFilter => (kind = ThresholdKind.Threshold) is not null,
                ["type", "both"] when !isFilter => (kind = ThresholdKind.Both) is not null,
                ["track", "by_src"] => (track = ThresholdTrack.Source) is not null,
                ["track", "by_dst"] => (track = ThresholdTrack.Destination) is not null,
                ["track", "by_both"] => (track = ThresholdTrack.Both) is not null,
                ["track", "by_rule"] => (track = ThresholdTrack.Rule) is not null,
                ["count", string text] => ReadNumber(text, 1, out count) == RuleError.None,
                ["seconds", string text] => ReadNumber(text, 1, out seconds) == RuleError.None,
                _ => false,
            };
            if (!isRead)
            {
                return RuleError.BadValue;
            }
        }

        if (kind is null || track is null || count is 0 or > int.MaxValue || seconds is 0 or > int.MaxValue)
        {
            return RuleError.BadValue;
        }

        if (rule.Threshold is not null)
        {
            return RuleError.ConflictingModifiers;
        }

        rule.Threshold = new ThresholdOptions(kind.Value, track.Value, (int)count, (int)seconds);
        return RuleError.None;
    }
}
