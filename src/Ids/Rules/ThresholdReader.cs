using System.Globalization;

namespace Weft.Ids;

/// <summary>Reads <c>threshold</c> and <c>detection_filter</c>.</summary>
internal static class ThresholdReader
{
    public static RuleError Read(string value, bool isFilter, Rule rule)
    {
        RuleError error = Read(value, isFilter, out ThresholdOptions? options);
        if (error != RuleError.None)
        {
            return error;
        }

        if (rule.Threshold is not null)
        {
            return RuleError.ConflictingModifiers;
        }

        rule.Threshold = options;
        return RuleError.None;
    }

    public static RuleError Read(string value, bool isFilter, out ThresholdOptions? options)
    {
        options = null;
        ThresholdKind? kind = isFilter ? ThresholdKind.DetectionFilter : null;
        ThresholdTrack? track = null;
        ThresholdUnique unique = ThresholdUnique.None;
        int count = 0;
        int seconds = 0;
        int multiplier = 0;
        foreach (string part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] pair = part.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            bool isRead = pair switch
            {
                ["type", string word] when !isFilter => (kind = KindOf(word)) is not null,
                ["track", string word] => (track = TrackOf(word)) is not null,
                ["count", string text] => TryPositive(text, out count),
                ["seconds", string text] => TryPositive(text, out seconds),
                ["multiplier", string text] => TryPositive(text, out multiplier),
                ["unique_on", "src_port"] => (unique = ThresholdUnique.SourcePort) != ThresholdUnique.None,
                ["unique_on", "dst_port"] => (unique = ThresholdUnique.DestinationPort) != ThresholdUnique.None,
                _ => false,
            };
            if (!isRead)
            {
                return RuleError.BadValue;
            }
        }

        bool isBackoff = kind == ThresholdKind.Backoff;
        if (kind is null || track is null || count == 0 || (isBackoff ? multiplier < 2 || track != ThresholdTrack.Flow : seconds == 0 || multiplier != 0))
        {
            return RuleError.BadValue;
        }

        options = new ThresholdOptions(kind.Value, track.Value, count, seconds, multiplier, unique);
        return RuleError.None;
    }

    public static ThresholdTrack? TrackOf(string word) => word switch
    {
        "by_src" => ThresholdTrack.Source,
        "by_dst" => ThresholdTrack.Destination,
        "by_both" => ThresholdTrack.Both,
        "by_rule" => ThresholdTrack.Rule,
        "by_flow" => ThresholdTrack.Flow,
        "by_either" => ThresholdTrack.Either,
        _ => null,
    };

    public static string WordOf(ThresholdTrack track) => track switch
    {
        ThresholdTrack.Source => "by_src",
        ThresholdTrack.Destination => "by_dst",
        ThresholdTrack.Both => "by_both",
        ThresholdTrack.Rule => "by_rule",
        ThresholdTrack.Flow => "by_flow",
        _ => "by_either",
    };

    private static ThresholdKind? KindOf(string word) => word switch
    {
        "limit" => ThresholdKind.Limit,
        "threshold" => ThresholdKind.Threshold,
        "both" => ThresholdKind.Both,
        "backoff" => ThresholdKind.Backoff,
        _ => null,
    };

    private static bool TryPositive(string text, out int value) => int.TryParse(text, NumberStyles.None, null, out value) && value > 0;
}
