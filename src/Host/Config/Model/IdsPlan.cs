using Weft.Host.Datapath.Intrusion;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>A sensor: rules, what is compared with them, and where alerts go.</summary>
public sealed record IdsPlan
{
    /// <summary>Name, unique among sensors.</summary>
    public required string Name { get; init; }

    /// <summary>The rules. Two plans of one configuration that was read twice have two of these.</summary>
    public required IdsRules Rules { get; init; }

    /// <summary>Whether drop and reject are carried out.</summary>
    public bool IsInline { get; init; }

    /// <summary>Positions of ports; a frame from or to one of them is inspected.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>Positions of segments; a frame in one of them is inspected.</summary>
    public IReadOnlyList<int> Segments { get; init; } = [];

    /// <summary>Machines; a frame from or to one of them is inspected. Without ports, segments and machines every frame is.</summary>
    public IReadOnlyList<MacAddress> Machines { get; init; } = [];

    /// <summary>Whether TCP conversations whose beginning was not seen count as established.</summary>
    public bool AcceptMidstream { get; init; }

    /// <summary>Conversations that are remembered.</summary>
    public int MaxFlows { get; init; } = 65_536;

    /// <summary>Directions of TCP connections that are put together at a time, 1 to 16,384; each takes 64 KiB a worker.</summary>
    public int MaxStreams { get; init; } = 1024;

    /// <summary>Thresholds that are counted at a time.</summary>
    public int MaxThresholds { get; init; } = 16_384;

    /// <summary>Alerts of one frame that are reported.</summary>
    public int AlertsPerPacket { get; init; } = 16;

    /// <summary>Resets and ICMP errors a second.</summary>
    public int RejectsPerSecond { get; init; } = 1000;

    /// <summary>File for EVE JSON; null for none.</summary>
    public string? EvePath { get; init; }

    /// <summary>What is written there.</summary>
    public EveTypes EveTypes { get; init; } = EveTypes.Alert | EveTypes.Drop;

    /// <summary>File for lines of text; null for none.</summary>
    public string? FastLogPath { get; init; }

    /// <summary>Capture of conversations that alerted; null for none.</summary>
    public string? PcapPath { get; init; }

    /// <summary>Frames of a conversation that are captured from its last alert on.</summary>
    public int PcapPackets { get; init; } = 64;
}
