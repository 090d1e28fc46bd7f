using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Config;

/// <summary>A machine with services of its own.</summary>
public sealed record MachinePlan
{
    /// <summary>Name, shown in tables, traces and events.</summary>
    public required string Name { get; init; }

    /// <summary>Number of the machine, the same on every host that it may move to.</summary>
    public required uint Id { get; init; }

    /// <summary>Index of the access port that the machine is behind; -1 if it may be behind any of its segment.</summary>
    public int Port { get; init; } = -1;

    /// <summary>Index of its segment; -1 if it may be in any of its port.</summary>
    public int Segment { get; init; } = -1;

    /// <summary>Its IP addresses, where other machines have its MAC address or are behind the same port; empty if that does not matter.</summary>
    public IReadOnlyList<TunnelAddress> Addresses { get; init; } = [];

    /// <summary>Longest IP packet that its network takes of those that services make longer.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Its MAC address, where others are behind the same port; null if everything behind the port is the machine.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>Indexes of its services in <see cref="SwitchPlan.Services"/>, in order from the machine outwards.</summary>
    public required IReadOnlyList<int> Services { get; init; }

    /// <summary>Which flows visit which of them; flows that no rule matches visit all. Masks count places in <see cref="Services"/>.</summary>
    public IReadOnlyList<ServiceRule> Classes { get; init; } = [];

    /// <summary>IPv4 flows that are remembered.</summary>
    public int IPv4Flows { get; init; } = 4096;

    /// <summary>IPv6 flows that are remembered.</summary>
    public int IPv6Flows { get; init; } = 1024;

    /// <summary>Flows of each family that others opened and the machine has not answered; null for half.</summary>
    public int? HalfOpenFlows { get; init; }

    /// <summary>Time that the services may take for a burst; null for no bound.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Index of the port that mirrored packets are sent to; -1 for none.</summary>
    public int MirrorPort { get; init; } = -1;

    /// <summary>True if the machine is on another host and may move here.</summary>
    public bool IsStandby { get; init; }
}
