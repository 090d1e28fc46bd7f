namespace Weft.Host.Datapath.Intrusion;

/// <summary>What an <see cref="IdsReplay"/> reads, how it judges, and where it writes.</summary>
public sealed record IdsReplayOptions
{
    /// <summary>Captures, pcap or pcapng, inspected one behind the other.</summary>
    public required IReadOnlyList<string> Captures { get; init; }

    /// <summary>The rules.</summary>
    public required IdsRules Rules { get; init; }

    /// <summary>Whether drop and reject have an effect on the rest of a conversation.</summary>
    public bool IsInline { get; init; }

    /// <summary>Whether TCP conversations whose beginning is not in the capture count as established.</summary>
    public bool AcceptMidstream { get; init; }

    /// <summary>Whether connections of which only one direction is in the capture are put together.</summary>
    public bool AcceptOneSide { get; init; }

    /// <summary>Conversations that are remembered, 1 to 16,777,216.</summary>
    public int MaxFlows { get; init; } = 65_536;

    /// <summary>Alerts of one packet that are reported, at least 1.</summary>
    public int AlertsPerPacket { get; init; } = 64;

    /// <summary>Whether the EVE file also gets records of HTTP, files, DNS, TLS and flows; default false: alerts alone.</summary>
    public bool WritesRecords { get; init; }

    /// <summary>File that gets alerts as EVE JSON; null for none. What was in it is replaced.</summary>
    public string? EvePath { get; init; }

    /// <summary>File that gets alerts as lines of text; null for none. What was in it is replaced.</summary>
    public string? FastLogPath { get; init; }

    /// <summary>Called with each alert as a line of text; null for nobody.</summary>
    public Action<string>? OnAlert { get; init; }
}
