using System.Globalization;

namespace Weft.Ids;

/// <summary>Writes what a rule asks of its conversation, and what it remembers.</summary>
internal static class StateText
{
    private static readonly (FlowCondition Condition, string Word)[] Conditions =
    [
        (FlowCondition.ToServer, "to_server"), (FlowCondition.ToClient, "to_client"), (FlowCondition.Established, "established"), (FlowCondition.NotEstablished, "not_established"),
        (FlowCondition.Stateless, "stateless"), (FlowCondition.OnlyStream, "only_stream"), (FlowCondition.NoStream, "no_stream"), (FlowCondition.OnlyFragment, "only_frag"),
        (FlowCondition.NoFragment, "no_frag"),
    ];

    public static void Write(Rule rule, RuleWriter to)
    {
        if (rule.Flow != FlowCondition.None)
        {
            to.Option("flow", string.Join(',', Conditions.Where(one => (rule.Flow & one.Condition) != 0).Select(one => one.Word)));
        }

        rule.AppChecks.ForEach(check => Write(check, to));
        rule.FlowBits.ForEach(bit => to.Option("flowbits", $"{ActionOf(bit.Action)},{string.Join(bit.All ? '&' : '|', bit.Names)}"));
        rule.FlowNumbers.ForEach(number => to.Option("flowint", Of(number)));
        rule.AddressBits.ForEach(bit => Write(bit, to));
        to.Flag("noalert", rule.IsSilent);
        if (rule.Threshold is ThresholdOptions threshold)
        {
            to.Option(threshold.Kind == ThresholdKind.DetectionFilter ? "detection_filter" : "threshold", Of(threshold));
        }
    }

    private static void Write(AppCheck check, RuleWriter to)
    {
        IEnumerable<string> names = check.Apps.Select(AppNames.NameOf).Concat(check.WantsFailed ? ["failed"] : []);
        string mode = check.Direction switch { 1 => ",to_server", 2 => ",to_client", 3 => ",either", 4 => ",final", _ => "" };
        to.Option("app-layer-protocol", $"{(check.IsNegated ? "!" : "")}{string.Join('|', names)}{mode}");
    }

    private static string ActionOf(FlowBitAction action) => action switch
    {
        FlowBitAction.Set => "set",
        FlowBitAction.Unset => "unset",
        FlowBitAction.Toggle => "toggle",
        FlowBitAction.IsSet => "isset",
        _ => "isnotset",
    };

    private static string Of(FlowNumber number) => number.Action switch
    {
        FlowNumberAction.IsSet => $"{number.Name},isset",
        FlowNumberAction.IsNotSet => $"{number.Name},notset",
        FlowNumberAction.Set => string.Create(CultureInfo.InvariantCulture, $"{number.Name},=,{number.Operand}"),
        FlowNumberAction.Add => string.Create(CultureInfo.InvariantCulture, $"{number.Name},+,{number.Operand}"),
        FlowNumberAction.Subtract => string.Create(CultureInfo.InvariantCulture, $"{number.Name},-,{number.Operand}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{number.Name},{Of(number.Range)}"),
    };

    private static string Of(NumberRange range) => range switch
    {
        { IsNegated: true } => FormattableString.Invariant($"!=,{range.First}"),
        { Last: long.MaxValue } => FormattableString.Invariant($">=,{range.First}"),
        { First: 0 } when range.Last != 0 => FormattableString.Invariant($"<=,{range.Last}"),
        _ => FormattableString.Invariant($"==,{range.First}"),
    };

    private static void Write(AddressBit bit, RuleWriter to)
    {
        string action = ActionOf(bit.Action);
        string track = bit.Track switch { ThresholdTrack.Source => "ip_src", ThresholdTrack.Destination => "ip_dst", _ => "ip_pair" };
        if (bit.Track == ThresholdTrack.Either)
        {
            to.Option("hostbits", $"{action},{bit.Name},both");
        }
        else
        {
            to.Option("xbits", string.Create(CultureInfo.InvariantCulture, $"{action},{bit.Name},track {track},expire {bit.Seconds}"));
        }
    }

    private static string Of(ThresholdOptions threshold)
    {
        string type = threshold.Kind == ThresholdKind.DetectionFilter ? "" : $"type {threshold.Kind.ToString().ToLowerInvariant()},";
        string multiplier = threshold.Multiplier == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $",multiplier {threshold.Multiplier}");
        string seconds = threshold.Seconds == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $",seconds {threshold.Seconds}");
        string unique = threshold.Unique switch { ThresholdUnique.SourcePort => ",unique_on src_port", ThresholdUnique.DestinationPort => ",unique_on dst_port", _ => "" };
        return string.Create(CultureInfo.InvariantCulture, $"{type}track {ThresholdReader.WordOf(threshold.Track)},count {threshold.Count}{seconds}{multiplier}{unique}");
    }
}
