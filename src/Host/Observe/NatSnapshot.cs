namespace Weft.Host.Observe;

/// <summary>The NAT of a router.</summary>
public sealed record NatSnapshot
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the router.</summary>
    public required string Router { get; init; }

    /// <summary>Blocks of ports.</summary>
    public IReadOnlyList<NatBlockSnapshot> Blocks { get; init; } = [];

    /// <summary>Mappings and sessions together.</summary>
    public required int Entries { get; init; }

    /// <summary>Machines that have some.</summary>
    public required int Machines { get; init; }

    /// <summary>Packets from machines.</summary>
    public required long Outbound { get; init; }

    /// <summary>Packets to machines.</summary>
    public required long Inbound { get; init; }

    /// <summary>Packets from machine to machine through a shared address.</summary>
    public required long Hairpinned { get; init; }

    /// <summary>Packets sent on to another host.</summary>
    public required long Redirected { get; init; }

    /// <summary>Packets taken out of the tunnel.</summary>
    public required long Decapsulated { get; init; }

    /// <summary>Packets and flows refused for want of ports, quota or room.</summary>
    public required long Refused { get; init; }

    /// <summary>Mappings and sessions, if asked for.</summary>
    public IReadOnlyList<NatSessionSnapshot> Sessions { get; init; } = [];

    /// <summary>All flows in the form that another switch takes over, if asked for.</summary>
    public byte[]? Export { get; init; }
}
