using Weft.Packets;
using Weft.Sase;

namespace Weft.Host.Config;

/// <summary>The part of a switch in a point of presence.</summary>
public sealed record SasePlan
{
    /// <summary>Name, shown in tables and events.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the router that has the address.</summary>
    public required int Router { get; init; }

    /// <summary>Own tunnel address.</summary>
    public required IPv4Address Address { get; init; }

    /// <summary>Tunnel addresses of gateways.</summary>
    public required IReadOnlyList<IPv4Address> Gateways { get; init; }

    /// <summary>Tunnel addresses of service nodes.</summary>
    public required IReadOnlyList<IPv4Address> Nodes { get; init; }

    /// <summary>Own place in <see cref="Gateways"/>; -1 on a node.</summary>
    public int Gateway => Datapath.Position.Of(Gateways, address => address == Address);

    /// <summary>Own place in <see cref="Nodes"/>; -1 on a gateway.</summary>
    public int Node => Datapath.Position.Of(Nodes, address => address == Address);

    /// <summary>Index of the segment of the uplink, -1 if none is named.</summary>
    public int Uplink { get; init; } = -1;

    /// <summary>Encapsulation.</summary>
    public ServiceEncapsulation Encapsulation { get; init; }

    /// <summary>Largest outer packet.</summary>
    public int MtuBytes { get; init; } = 1500;

    /// <summary>Placement bundles.</summary>
    public int Bundles { get; init; } = 64;

    /// <summary>UDP port of messages between members.</summary>
    public ushort ControlPort { get; init; } = 6082;

    /// <summary>Interval of BFD.</summary>
    public TimeSpan BfdInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Intervals until a member is called down.</summary>
    public byte BfdMultiplier { get; init; } = 3;

    /// <summary>How long a gateway without nodes goes on as before.</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether packets go without services after that.</summary>
    public bool Bypass { get; init; }

    /// <summary>Most flows of a node.</summary>
    public int Flows { get; init; } = 65_536;

    /// <summary>How a node has packets of new flows wait until its backup knows them; null if it does not.</summary>
    public CommitOptions? Commit { get; init; } = new();

    /// <summary>File for starts and ends of sessions, on a node; null for none.</summary>
    public string? SessionLogPath { get; init; }

    /// <summary>Tenants.</summary>
    public required IReadOnlyList<SaseTenantPlan> Tenants { get; init; }
}
