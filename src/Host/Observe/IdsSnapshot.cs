namespace Weft.Host.Observe;

/// <summary>A sensor of intrusion detection.</summary>
public sealed record IdsSnapshot
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary><c>alert</c> or <c>inline</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Rules in force.</summary>
    public required int Rules { get; init; }

    /// <summary>Rules that were left out, see <see cref="LeftOut"/>.</summary>
    public required int RulesLeftOut { get; init; }

    /// <summary>Rules without a string of four bytes or more, which cost the most.</summary>
    public required int Unanchored { get; init; }

    /// <summary>Distinct strings that the scanner looks for.</summary>
    public required int Patterns { get; init; }

    /// <summary>Bytes of memory that the scanner's tables take.</summary>
    public required long ScannerBytes { get; init; }

    /// <summary>Mechanisms that the scanner chose for the strings.</summary>
    public required string Matchers { get; init; }

    /// <summary>1 for the rules read at the start, one more for each reload.</summary>
    public required int Generation { get; init; }

    /// <summary>Frames that were inspected.</summary>
    public required long Inspected { get; init; }

    /// <summary>Frames among them that are not IP or damaged.</summary>
    public required long NotInspected { get; init; }

    /// <summary>Alerts.</summary>
    public required long Alerts { get; init; }

    /// <summary>Alerts for which a frame's share or the queue to the writer had no room.</summary>
    public required long AlertsLost { get; init; }

    /// <summary>Alerts that a threshold held back.</summary>
    public required long AlertsSuppressed { get; init; }

    /// <summary>Frames that were dropped, rejected ones included.</summary>
    public required long Dropped { get; init; }

    /// <summary>Frames of which bytes were changed to those that went before in the same place of their stream.</summary>
    public required long Changed { get; init; }

    /// <summary>Resets and ICMP errors that were sent.</summary>
    public required long Rejected { get; init; }

    /// <summary>Conversations that could not be remembered, or took the place of an idle one.</summary>
    public required long FlowsLost { get; init; }

    /// <summary>Payload that was scanned.</summary>
    public required long ScannedBytes { get; init; }

    /// <summary>Places where the scanner's filter said perhaps.</summary>
    public required long ScanCandidates { get; init; }

    /// <summary>Strings that were found.</summary>
    public required long ScanMatches { get; init; }

    /// <summary>Rules whose strings were all found.</summary>
    public required long RuleCandidates { get; init; }

    /// <summary>Rules among them whose payload was evaluated.</summary>
    public required long Evaluations { get; init; }

    /// <summary>Frames that found no room in the queue to the capture.</summary>
    public required long FramesLost { get; init; }

    /// <summary>Messages and ends of conversations that were handed to the writer of EVE JSON.</summary>
    public required long Records { get; init; }

    /// <summary>Messages, ends of conversations and contexts of alerts for which the queue to the writer had no room.</summary>
    public required long RecordsLost { get; init; }

    /// <summary>The first rules that were left out, and why.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
