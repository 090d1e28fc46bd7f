using Weft.Analytics;
using Weft.Host.Analytics.Alarms;
using Weft.Host.Analytics.Behaviour;

namespace Weft.Host.Analytics.Processes;

/// <summary>Puts a finding into words.</summary>
internal static class ProcessAlarm
{
    private const int MaxPhrases = 6;

    /// <summary>Of which distance on there is next to nothing in common with anything known.</summary>
    private const double StrangeDistance = 0.75;

    /// <summary>One alarm a program and parent, however many processes there are of them.</summary>
    public static string QualifierOf(ProcessInstance process) => $"{process.Description.Executable} < {process.Parent}";

    /// <summary>The alarm of a finding.</summary>
    public static AlarmDetail Of(Finding finding, string type)
    {
        ProcessInstance process = finding.Process;
        IEnumerable<string> phrases = finding.Extra.OrderByDescending(feature => feature.Weight).Select(feature => PhraseOf(process, feature)).OfType<string>().Distinct().Take(MaxPhrases);
        string news = string.Join(", ", phrases.DefaultIfEmpty("does not do what it used to"));
        string lineage = string.Join(" < ", process.Lineage);
        return new AlarmDetail(
            type,
            QualifierOf(process),
            SeverityOf(finding),
            finding.Score?.Score ?? 0,
            finding.Score?.PValue ?? 1,
            $"{process.Description.Executable} ({process.Description.ProcessId}) < {lineage}: {news}",
            finding.Features);
    }

    /// <summary>
    /// The worse of what the score of its actions says and what the distance says: where little was learned, no single action can be
    /// rarer than what was seen once, and a process unlike all others still is.
    /// </summary>
    private static AlarmSeverity SeverityOf(Finding finding)
    {
        AlarmSeverity scored = finding.Score?.Severity ?? AlarmSeverity.Minor;
        return finding.Distance >= StrangeDistance && scored < AlarmSeverity.Major ? AlarmSeverity.Major : scored;
    }

    private static string? PhraseOf(ProcessInstance process, ProcessFeature feature) => feature.Kind switch
    {
        FeatureKind.Executable => "a program never seen here",
        FeatureKind.Parent when feature.Name == process.Parent => $"never started by {feature.Name} before",
        FeatureKind.Parent => null,
        FeatureKind.Connect => $"connects to {process.Peers.GetValueOrDefault(feature.Name, feature.Name)} ({feature.Name})",
        FeatureKind.Listen => $"listens on {feature.Name}",
        FeatureKind.Child => $"starts {feature.Name}",
        FeatureKind.User => $"runs as user {feature.Name}",
        FeatureKind.CommandLine => $"has '{feature.Name}' in its command line",
        FeatureKind.File => $"has files open in {feature.Name}",
        _ => $"{feature.KindName} {feature.Name}",
    };
}
