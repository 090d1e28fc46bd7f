using System.Globalization;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Alarms and behaviour as tables.</summary>
internal static class AnalyticsView
{
    private const int NamesShown = 6;

    public static void Write(SwitchSnapshot snapshot, ShowTopic topic)
    {
        if (snapshot.Analytics is not AnalyticsSnapshot analytics)
        {
            Terminal.WriteLine("nothing is watched: the configuration has no analytics");
            return;
        }

        if (topic is ShowTopic.Alarms or ShowTopic.All)
        {
            Alarms(analytics);
        }

        if (topic is ShowTopic.Anomalies or ShowTopic.All)
        {
            Anomalies(analytics);
        }

        if (topic is ShowTopic.Quotients || (topic is ShowTopic.All && analytics.Quotients is not null))
        {
            Quotients(analytics);
        }

        if (topic is ShowTopic.Behaviours)
        {
            Behaviours(analytics);
        }
    }

    private static void Alarms(AnalyticsSnapshot analytics)
    {
        Terminal.Write("Alarms", Tables.Of(
            analytics.Alarms,
            ("severity", a => a.IsCleared ? "cleared" : a.IsShelved ? $"{a.Severity} (shelved)" : a.Severity),
            ("#score", a => Tables.Number(a.Score)),
            ("#p", a => Tables.Number(a.PValue)),
            ("since", a => a.Since.ToString("u", CultureInfo.InvariantCulture)),
            ("#times", a => Tables.Count(a.Occurrences)),
            ("type", a => a.Type),
            ("qualifier", a => a.Qualifier)));
        foreach (AlarmSnapshot alarm in analytics.Alarms.Where(alarm => !alarm.IsCleared))
        {
            Terminal.WriteLine($"  {alarm.Text}");
        }

        if (analytics.Store is AlarmStoreSnapshot store)
        {
            Terminal.WriteLine($"{store.Kind}: {Tables.Count(store.Stored)} changes stored, {Tables.Count(store.Waiting)} waiting, {Tables.Count(store.Lost)} lost{(store.IsFailing ? "; OUT OF REACH" : "")}");
        }
    }

    private static void Anomalies(AnalyticsSnapshot analytics)
    {
        if (analytics.Processes is not ProcessWatchSnapshot watch)
        {
            Terminal.WriteLine("processes are not watched");
            return;
        }

        string until = watch.State == "learning" ? $" until {watch.LearnUntil:u}, {Tables.Count(watch.TrainingVectors)} vectors so far" : $", {Tables.Count(watch.Observed)} vectors judged";
        Terminal.WriteLine($"{watch.State} by {watch.Collector}{until}; {Tables.Count(watch.Processes)} processes now, {Tables.Count(watch.Seen)} seen, {Tables.Count(watch.Missed)} missed, {Tables.Count(watch.Refused)} too many, {Tables.Count(watch.EventsLost)} times events lost");
        Terminal.Write("Anomalies", Tables.Of(
            watch.Anomalies,
            ("#process", a => $"{a.ProcessId}{(a.IsAlive ? "" : " (ended)")}"),
            ("program", a => a.Executable),
            ("started by", a => string.Join(" < ", a.Lineage)),
            ("#alarm after", a => a.DetectedAfterMilliseconds is double after ? $"{Tables.Number(after)} ms" : "-"),
            ("#distance", a => Tables.Number(a.Distance)),
            ("#score", a => a.Score is double score ? Tables.Number(score) : "-"),
            ("new", a => Names(a.Extra)),
            ("missing", a => Names(a.Missing))));
    }

    private static void Quotients(AnalyticsSnapshot analytics)
    {
        if (analytics.Quotients is not QuotientsSnapshot quotients)
        {
            Terminal.WriteLine("nobody asks for quotients");
            return;
        }

        Terminal.Write("Quotients, 100 is fully segmented", Tables.Of(
            quotients.Entities,
            ("type", q => q.Type),
            ("name", q => q.Name),
            ("part of", q => q.Container.Length == 0 ? "-" : q.Container),
            ("#quotient", q => Tables.Number(q.Quotient)),
            ("points of", q => string.Join("; ", q.Parts.Select(part => $"{part.Name} {Tables.Number(part.Points)}/{Tables.Number(part.Possible)}")))));
        Terminal.WriteLine($"from {Tables.Count(quotients.ObservedFlows)} kinds of flow; {Tables.Count(quotients.FlowsRefused)} found no room");
    }

    private static void Behaviours(AnalyticsSnapshot analytics) => Terminal.Write("Behaviours", Tables.Of(
        analytics.Processes?.Clusters ?? [],
        ("#cluster", c => $"{c.Number}"),
        ("#role", c => c.Role < 0 ? "-" : $"{c.Role}"),
        ("state", c => c.IsPinned ? $"{c.State} (pinned)" : c.State),
        ("#weight", c => Tables.Number(c.Weight)),
        ("#sources", c => Tables.Count(c.Sources)),
        ("typical", c => Names(c.Features))));

    private static string Names(IReadOnlyList<string> names) =>
        names.Count == 0 ? "-" : string.Join("; ", names.Take(NamesShown)) + (names.Count > NamesShown ? $"; {names.Count - NamesShown} more" : "");
}
