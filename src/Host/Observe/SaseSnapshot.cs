namespace Weft.Host.Observe;

/// <summary>The part of a switch in a point of presence.</summary>
public sealed record SaseSnapshot
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary><c>gateway</c> or <c>node</c>.</summary>
    public required string Role { get; init; }

    /// <summary>Own tunnel address.</summary>
    public required string Address { get; init; }

    /// <summary>True for a node that gives its bundles away.</summary>
    public bool IsDraining { get; init; }

    /// <summary>True for a gateway that has lost all nodes and goes on as before.</summary>
    public bool IsStatic { get; init; }

    /// <summary>Packets into tunnels.</summary>
    public required long ToTunnel { get; init; }

    /// <summary>Packets out of tunnels, to tenants on a gateway, to the uplink on a node.</summary>
    public required long FromTunnel { get; init; }

    /// <summary>Packets that a node sent on to the owner.</summary>
    public long Redirected { get; init; }

    /// <summary>Flows that a node knows, those of other owners included.</summary>
    public int Flows { get; init; }

    /// <summary>Public endpoints in use.</summary>
    public int Bindings { get; init; }

    /// <summary>Records of flows sent to other nodes.</summary>
    public long RecordsSent { get; init; }

    /// <summary>Records of flows taken from other nodes.</summary>
    public long RecordsTaken { get; init; }

    /// <summary>Packets of new flows that have waited for the backup to know the flow, those that do now included.</summary>
    public long CommitWaits { get; init; }

    /// <summary>Packets that wait for that now.</summary>
    public int CommitsWaiting { get; init; }

    /// <summary>Packets that left although the backup had not confirmed their flow: it took too long, was lost, or as many waited as may.</summary>
    public long CommitsUnconfirmed { get; init; }

    /// <summary>Packets that were given up for the same reasons.</summary>
    public long CommitsGivenUp { get; init; }

    /// <summary>Packets refused because their sender is not the owner any more.</summary>
    public long StaleOwner { get; init; }

    /// <summary>The log of sessions; null if none is written.</summary>
    public SaseSessionsSnapshot? Sessions { get; init; }

    /// <summary>The other members.</summary>
    public IReadOnlyList<SaseMemberSnapshot> Members { get; init; } = [];

    /// <summary>Bundles that have tenants.</summary>
    public IReadOnlyList<SaseBundleSnapshot> Bundles { get; init; } = [];

    /// <summary>Tenants.</summary>
    public IReadOnlyList<SaseTenantSnapshot> Tenants { get; init; } = [];
}
