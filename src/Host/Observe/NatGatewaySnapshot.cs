namespace Weft.Host.Observe;

/// <summary>A gateway in front of hosts that share addresses.</summary>
public sealed record NatGatewaySnapshot
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the router.</summary>
    public required string Router { get; init; }

    /// <summary>Who says where ports are: <c>cluster</c>, <c>configuration</c> or <c>routes</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Blocks with their owners, as they are known now.</summary>
    public IReadOnlyList<PortOwnerSnapshot> Owners { get; init; } = [];

    /// <summary>Packets put into the tunnel, fragments included.</summary>
    public required long Sent { get; init; }

    /// <summary>Packets that a host sent on to a port, and that got the address of its owner.</summary>
    public required long Readdressed { get; init; }

    /// <summary>Packets for ports that nobody owned.</summary>
    public required long Unowned { get; init; }

    /// <summary>Packets too long for the tunnel that must not be fragmented.</summary>
    public required long TooBig { get; init; }
}
