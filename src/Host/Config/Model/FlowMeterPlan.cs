using System.Net;

namespace Weft.Host.Config;

/// <summary>What is noted of conversations, and who is told.</summary>
public sealed record FlowMeterPlan
{
    /// <summary>Conversations that each worker follows.</summary>
    public int Flows { get; init; } = 65_536;

    /// <summary>How often a conversation that goes on is reported.</summary>
    public TimeSpan Active { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long after its last packet it is over.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Collector that gets IPFIX over UDP; null for none.</summary>
    public IPEndPoint? Collector { get; init; }

    /// <summary>Observation domain of the records.</summary>
    public uint Domain { get; init; }
}
