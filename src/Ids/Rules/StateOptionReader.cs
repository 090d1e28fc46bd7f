using System.Globalization;

namespace Weft.Ids;

/// <summary>Reads keywords that depend on what was seen before: the conversation, its bits and numbers, bits of addresses, thresholds.</summary>
internal static class StateOptionReader
{
    // How long a bit of an address stays set if the rule does not say: Suricata's default for the same keyword.
    private const int DefaultBitSeconds = 30;
    private const int DefaultHostBitSeconds = 300;

    public static bool TryRead(string keyword, string value, Rule rule, out RuleError error)
    {
        RuleError? found = keyword switch
        {
            "flow" => ReadFlow(value, rule),
            "flowbits" => ReadFlowBits(value, rule),
            "flowint" => ReadFlowNumber(value, rule),
            "xbits" => ReadAddressBits(value, rule),
            "hostbits" => ReadHostBits(value, rule),
            "threshold" => ThresholdReader.Read(value, isFilter: false, rule),
            "detection_filter" => ThresholdReader.Read(value, isFilter: true, rule),
            _ => null,
        };
        error = found ?? RuleError.None;
        return found is not null;
    }

    private static RuleError ReadFlow(string value, Rule rule)
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
                "only_frag" => FlowCondition.OnlyFragment,
                "no_frag" => FlowCondition.NoFragment,
                _ => FlowCondition.None,
            };
            if (condition == FlowCondition.None)
            {
                return RuleError.BadValue;
            }

            rule.Flow |= condition;
        }

        return Excludes(rule, FlowCondition.ToServer | FlowCondition.ToClient) || Excludes(rule, FlowCondition.Established | FlowCondition.NotEstablished)
            || Excludes(rule, FlowCondition.OnlyStream | FlowCondition.NoStream) || Excludes(rule, FlowCondition.OnlyFragment | FlowCondition.NoFragment)
            ? RuleError.ConflictingModifiers : RuleError.None;
    }

    private static bool Excludes(Rule rule, FlowCondition both) => (rule.Flow & both) == both;

    private static RuleError ReadFlowBits(string value, Rule rule)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        if (words is ["noalert"])
        {
            rule.IsSilent = true;
            return RuleError.None;
        }

        if (words.Length != 2 || ActionOf(words[0]) is not FlowBitAction action)
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

        rule.FlowBits.Add(new FlowBit(action, names, !isOr));
        return RuleError.None;
    }

    private static FlowBitAction? ActionOf(string word) => word switch
    {
        "set" => FlowBitAction.Set,
        "unset" => FlowBitAction.Unset,
        "toggle" => FlowBitAction.Toggle,
        "isset" => FlowBitAction.IsSet,
        "isnotset" => FlowBitAction.IsNotSet,
        _ => null,
    };

    // `flowint:NAME,+,1`, `flowint:NAME,>,3`, `flowint:NAME,isset`.
    private static RuleError ReadFlowNumber(string value, Rule rule)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        uint operand = 0;
        bool hasOperand = words.Length == 3 && uint.TryParse(words[2], NumberStyles.None, null, out operand);
        NumberRange range = default;
        FlowNumberAction? action = words switch
        {
            [_, "isset"] => FlowNumberAction.IsSet,
            [_, "notset" or "isnotset"] => FlowNumberAction.IsNotSet,
            [_, "=", _] => FlowNumberAction.Set,
            [_, "+", _] => FlowNumberAction.Add,
            [_, "-", _] => FlowNumberAction.Subtract,
            [_, "==" or "!=" or ">" or "<" or ">=" or "<=", string number] =>
                NumberRange.TryParse((words[1] == "==" ? "" : words[1].Replace("!=", "!", StringComparison.Ordinal)) + number, out range) ? FlowNumberAction.Compare : null,
            _ => null,
        };
        if (action is null || words[0].Length == 0 || (words.Length == 3 && !hasOperand))
        {
            return RuleError.BadValue;
        }

        rule.FlowNumbers.Add(new FlowNumber(words[0], action.Value, range, operand));
        return RuleError.None;
    }

    // `xbits:set,NAME,track ip_src,expire 60`.
    private static RuleError ReadAddressBits(string value, Rule rule)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        if (words is ["noalert"])
        {
            rule.IsSilent = true;
            return RuleError.None;
        }

        ThresholdTrack? track = null;
        int seconds = DefaultBitSeconds;
        foreach (string word in words.Skip(2))
        {
            string[] pair = word.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool isRead = pair switch
            {
                ["track", "ip_src"] => (track = ThresholdTrack.Source) is not null,
                ["track", "ip_dst"] => (track = ThresholdTrack.Destination) is not null,
                ["track", "ip_pair"] => (track = ThresholdTrack.Both) is not null,
                ["expire", string text] => int.TryParse(text, NumberStyles.None, null, out seconds) && seconds > 0,
                _ => false,
            };
            if (!isRead)
            {
                return pair is ["track", "tx"] ? RuleError.UnsupportedValue : RuleError.BadValue;
            }
        }

        return AddBit(words, track, seconds, rule);
    }

    // `hostbits:set,NAME,src`; the direction is the source's if it is not given.
    private static RuleError ReadHostBits(string value, Rule rule)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries);
        ThresholdTrack? track = words is [_, _] ? ThresholdTrack.Source : words is [_, _, string end] ? end switch
        {
            "src" => ThresholdTrack.Source,
            "dst" => ThresholdTrack.Destination,
            "both" => ThresholdTrack.Either,
            _ => null,
        } : null;
        return AddBit(words, track, DefaultHostBitSeconds, rule);
    }

    private static RuleError AddBit(string[] words, ThresholdTrack? track, int seconds, Rule rule)
    {
        if (track is null || words.Length < 2 || words[1].Length == 0 || ActionOf(words[0]) is not FlowBitAction action)
        {
            return RuleError.BadValue;
        }

        rule.AddressBits.Add(new AddressBit(action, words[1], track.Value, seconds));
        return RuleError.None;
    }
}
