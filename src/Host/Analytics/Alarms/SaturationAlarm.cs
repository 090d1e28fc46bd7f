using Weft.Analytics;
using Weft.Packets;

namespace Weft.Host.Analytics.Alarms;

/// <summary>
/// The alarm that tables of values are full, whoever filled them: what is new then looks like everything else that is new. Raised once,
/// and again when another table is full, too.
/// </summary>
internal sealed class SaturationAlarm(AlarmDesk desk)
{
    private const string Type = "schema-saturated";
    private const string Qualifier = "process-behaviour";

    private int _told;

    /// <summary>Says which tables are full now, with how many values found no room; none ends the alarm, also one of an earlier run.</summary>
    public void Tell(IEnumerable<(string Column, long Refused)> saturated, Timestamp now)
    {
        AlarmFeature[] full = [.. saturated.OrderByDescending(column => column.Refused).Select(column => new AlarmFeature("saturated", column.Column, column.Refused))];
        if (full.Length == 0)
        {
            desk.Clear(Type, Qualifier, now);
        }
        else if (full.Length > _told)
        {
            string text = $"the tables of {string.Join(", ", full.Select(column => column.Value))} are full: values that come now are all alike to the score";
            desk.Raise(new AlarmDetail(Type, Qualifier, AlarmSeverity.Warning, 0, 1, text, full), now);
        }

        _told = full.Length;
    }
}
