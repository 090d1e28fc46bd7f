using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Sensors as tables: what they did, and what their rules cost.</summary>
internal static class IdsView
{
    public static void Write(SwitchSnapshot snapshot)
    {
        Terminal.Write("Sensors", Tables.Of(
            snapshot.Ids,
            ("sensor", s => s.Name),
            ("mode", s => s.Mode),
            ("#generation", s => Tables.Count(s.Generation)),
            ("#rules", s => Tables.Count(s.Rules)),
            ("#left out", s => Tables.Count(s.RulesLeftOut)),
            ("#inspected", s => Tables.Count(s.Inspected)),
            ("#alerts", s => Tables.Count(s.Alerts)),
            ("#held back", s => Tables.Count(s.AlertsSuppressed)),
            ("#lost", s => Tables.Count(s.AlertsLost)),
            ("#dropped", s => Tables.Count(s.Dropped)),
            ("#rejected", s => Tables.Count(s.Rejected)),
            ("#changed", s => Tables.Count(s.Changed)),
            ("#flows lost", s => Tables.Count(s.FlowsLost)),
            ("#records", s => Tables.Count(s.Records)),
            ("#records lost", s => Tables.Count(s.RecordsLost))));
        Terminal.Write("Scanners", Tables.Of(
            snapshot.Ids,
            ("sensor", s => s.Name),
            ("#strings", s => Tables.Count(s.Patterns)),
            ("matchers", s => s.Matchers),
            ("#memory", s => Tables.Count(s.ScannerBytes)),
            ("#bytes", s => Tables.Count(s.ScannedBytes)),
            ("#candidates", s => Tables.Count(s.ScanCandidates)),
            ("#matches", s => Tables.Count(s.ScanMatches)),
            ("#complete rules", s => Tables.Count(s.RuleCandidates)),
            ("#evaluated", s => Tables.Count(s.Evaluations)),
            ("#without string", s => Tables.Count(s.Unanchored))));
        foreach (string rule in snapshot.Ids.SelectMany(sensor => sensor.LeftOut))
        {
            Terminal.WriteLine($"  left out: {rule}");
        }
    }
}
