using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>Source NAT of one router: what its machines send through an interface leaves from ports of shared addresses.</summary>
public sealed record NatPlan
{
    /// <summary>Name, shown in tables and events.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the router.</summary>
    public required int Router { get; init; }

    /// <summary>Index of the segment that leads outside; the router has an interface there.</summary>
    public required int Outside { get; init; }

    /// <summary>Networks of machines that are translated; others pass as they are.</summary>
    public required IReadOnlyList<IPv4Prefix> Inside { get; init; }

    /// <summary>Addresses whose ports are leased; null if the host owns <see cref="Blocks"/>.</summary>
    public NatSharedPlan? Shared { get; init; }

    /// <summary>Blocks of ports that this host owns.</summary>
    public required IReadOnlyList<PortBlock> Blocks { get; init; }

    /// <summary>The tunnel of packets for shared ports; null if they come as they are.</summary>
    public NatTunnelPlan? Tunnel { get; init; }

    /// <summary>Ports that are open for good.</summary>
    public IReadOnlyList<NatStaticPlan> Statics { get; init; } = [];

    /// <summary>How all protocols are mapped and filtered.</summary>
    public NatBehavior Behavior { get; init; }

    /// <summary>What is published as events.</summary>
    public NatLogging Logging { get; init; } = NatLogging.Blocks;

    /// <summary>Mappings and sessions together.</summary>
    public int Entries { get; init; } = 65_536;

    /// <summary>Machines.</summary>
    public int Machines { get; init; } = 4096;

    /// <summary>Mappings of a machine for each protocol.</summary>
    public int MappingsPerMachine { get; init; } = ushort.MaxValue;
}
