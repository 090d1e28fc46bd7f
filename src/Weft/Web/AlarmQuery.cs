using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Weft.Host.Observe;

namespace Weft.Cli.Web;

/// <summary>Which alarms somebody wants to see: what stands behind the question mark.</summary>
internal sealed record AlarmQuery
{
    private const int MostAtOnce = 500;
    private const int Usual = 100;
    private const int IdBytes = 12;

    private static readonly string[] Keys = ["state", "severity", "type", "text", "since", "offset", "count"];
    private static readonly string[] States = ["active", "cleared", "shelved", "all"];
    private static readonly string[] Severities = ["indeterminate", "warning", "minor", "major", "critical"];

    private string State { get; init; } = "active";

    private int LeastSeverity { get; init; }

    private string Type { get; init; } = "";

    private string Text { get; init; } = "";

    private DateTimeOffset Since { get; init; } = DateTimeOffset.MinValue;

    private int Offset { get; init; }

    private int Count { get; init; } = Usual;

    /// <summary>Reads it.</summary>
    /// <returns>Null, and why, if a key is unknown or a value not allowed.</returns>
    public static AlarmQuery? TryRead(IQueryCollection query, out string whyNot)
    {
        string Of(string key, string otherwise) => query[key].ToString() is { Length: > 0 } text ? text : otherwise;
        string state = Of("state", "active");
        int severity = Array.IndexOf(Severities, Of("severity", Severities[0]));
        bool isTime = DateTimeOffset.TryParse(Of("since", "0001-01-01T00:00:00Z"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset since);
        bool isOffset = int.TryParse(Of("offset", "0"), NumberStyles.None, CultureInfo.InvariantCulture, out int offset);
        int count = CountOf(query);
        whyNot = query.Keys.FirstOrDefault(key => !Keys.Contains(key)) is string unknown ? $"there is no '{unknown}'; there are {string.Join(", ", Keys)}"
            : !States.Contains(state) ? $"'state' is one of {string.Join(", ", States)}"
            : severity < 0 ? $"'severity' is the least severity wanted, one of {string.Join(", ", Severities)}"
            : !isTime ? "'since' is a time such as 2026-11-21T07:14:02Z"
            : !isOffset ? "'offset' is a number from 0"
            : count < 0 ? $"'count' is 1 to {MostAtOnce}"
            : "";
        return whyNot.Length > 0 ? null : new AlarmQuery
        {
            State = state,
            LeastSeverity = severity,
            Type = Of("type", ""),
            Text = Of("text", ""),
            Since = since,
            Offset = offset,
            Count = count,
        };
    }

    /// <summary>The number of entries that a query asks for; -1 if it is none that is allowed.</summary>
    public static int CountOf(IQueryCollection query)
    {
        string text = query["count"].ToString();
        return text.Length == 0 ? Usual
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= MostAtOnce ? count : -1;
    }

    /// <summary>The alarm's name in addresses.</summary>
    public static string IdOf(AlarmSnapshot alarm) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{alarm.Resource}\0{alarm.Type}\0{alarm.Qualifier}")).AsSpan(0, IdBytes));

    /// <summary>The page of those that fit, in the order that they come in.</summary>
    public AlarmPage PageOf(IEnumerable<AlarmSnapshot> alarms)
    {
        AlarmSnapshot[] fitting = [.. alarms.Where(Fits)];
        return new AlarmPage(fitting.Length, Offset, [.. fitting.Skip(Offset).Take(Count).Select(alarm => new AlarmEntry(IdOf(alarm), alarm))]);
    }

    private bool Fits(AlarmSnapshot alarm) =>
        State switch
        {
            "active" => alarm is { IsCleared: false, IsShelved: false },
            "cleared" => alarm.IsCleared,
            "shelved" => alarm.IsShelved,
            _ => true,
        }
        && Array.IndexOf(Severities, alarm.Severity) >= LeastSeverity
        && (Type.Length == 0 || alarm.Type == Type)
        && alarm.Since >= Since
        && (alarm.Text.Contains(Text, StringComparison.OrdinalIgnoreCase) || alarm.Qualifier.Contains(Text, StringComparison.OrdinalIgnoreCase));
}
