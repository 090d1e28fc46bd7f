using System.Globalization;
using Weft.Host.Datapath.Intrusion;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Observe.Intrusion;

/// <summary>Alerts as lines of fast.log.</summary>
internal static class FastLog
{
    /// <summary>One alert, without the end of the line.</summary>
    /// <param name="what">The alert.</param>
    /// <param name="wall">Its time since the Unix epoch.</param>
    public static string Line(in IdsEvent what, Timestamp wall)
    {
        Alert alert = what.Alert;
        Rule? rule = what.Rules.Find(alert.Gid, alert.Sid);
        string category = rule is null || rule.ClassType.Length == 0 ? "(null)" : what.Rules.CategoryOf(rule);
        int priority = rule is null ? alert.Priority : what.Rules.PriorityOf(rule);
        string drop = what.Alert.IsBlocked ? "[Drop] " : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{EveJson.TimeText(wall, "MM/dd/yyyy-HH:mm:ss.ffffff")}  {drop}[**] [{alert.Gid}:{alert.Sid}:{alert.Rev}] {rule?.Message} [**] [Classification: {category}] [Priority: {priority}] {{{EveJson.ProtocolText(alert.Protocol)}}} {EveJson.AddressText(alert.Source, alert.IpVersion == 6)}:{alert.SourcePort} -> {EveJson.AddressText(alert.Destination, alert.IpVersion == 6)}:{alert.DestinationPort}");
    }
}
