using Weft.Host.Datapath;
using Weft.Host.Datapath.Intrusion;
using Weft.Ids;

namespace Weft.Host.Observe;

/// <summary>Pictures of sensors.</summary>
internal static class IdsState
{
    private const int MaxListed = 20;

    public static IReadOnlyList<IdsSnapshot> Capture(SwitchCore core) => [.. core.Sensors.All.Select(Capture)];

    private static IdsSnapshot Capture(IdsSensor sensor)
    {
        DetectorCounters detector = sensor.Detector;
        IdsRuleGeneration rules = sensor.Rules;
        return new IdsSnapshot
        {
            Name = sensor.Plan.Name,
            Mode = sensor.Plan.IsInline ? "inline" : "alert",
            Rules = rules.Image.RuleCount,
            RulesLeftOut = rules.LeftOut.Count + rules.Image.RulesLeftOut,
            Unanchored = rules.Image.UnanchoredCount,
            Patterns = rules.Image.PatternCount,
            ScannerBytes = rules.Image.MemoryBytes,
            Matchers = rules.Image.Kinds.ToString().ToLowerInvariant(),
            Generation = rules.Number,
            Inspected = sensor.Counters.Inspected,
            NotInspected = detector.NotInspected,
            Alerts = detector.Alerts,
            AlertsLost = detector.AlertsLost + sensor.Outlet.EventsLost,
            AlertsSuppressed = detector.AlertsSuppressed,
            Dropped = sensor.Counters.Dropped,
            Changed = sensor.Counters.Changed,
            Rejected = sensor.Counters.Rejected,
            FlowsLost = detector.FlowsLost,
            ScannedBytes = detector.Scan.Bytes,
            ScanCandidates = detector.Scan.Candidates,
            ScanMatches = detector.Scan.Matches,
            RuleCandidates = detector.Candidates,
            Evaluations = detector.Evaluations,
            FramesLost = sensor.Outlet.FramesLost,
            Records = sensor.Outlet.Records,
            RecordsLost = sensor.Outlet.RecordsLost,
            LeftOut = [.. rules.LeftOut.Take(MaxListed)],
        };
    }
}
