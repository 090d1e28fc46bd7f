using System.Globalization;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Events as lines: when, how much it matters, who says so, what happened to whom, the circumstances.</summary>
internal static class EventView
{
    public static void Write(SwitchEvents part, string? source, bool json)
    {
        if (part.Lost > 0)
        {
            Console.Out.WriteLine(Lost(part.Lost, json));
        }

        foreach (SwitchEvent happened in part.Events.Where(happened => source is null || happened.Source == source))
        {
            Console.Out.WriteLine(json ? SnapshotJson.Serialize(happened) : Line(happened));
        }
    }

    /// <summary>That events were overwritten before somebody read them.</summary>
    public static string Lost(long count, bool json) =>
        json ? $$"""{"lost":{{count}}}""" : $"… {Tables.Count(count)} events were overwritten before they could be read";

    /// <summary>One event.</summary>
    public static string Line(SwitchEvent happened, bool withTime = true)
    {
        string when = !withTime ? ""
            : happened.Time?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture) ?? happened.Seconds.ToString("0.000 ", CultureInfo.InvariantCulture);
        string subject = happened.Subject.Length > 0 ? $" {happened.Subject}" : "";
        string severity = withTime ? $"{happened.Severity.ToString().ToLowerInvariant(),-7} " : "";
        return $"{when}{severity}{happened.Source}{subject} {happened.Name} {string.Join(' ', happened.Fields.Select(field => $"{field.Key}={field.Value}"))}".TrimEnd();
    }
}
