namespace Weft.Host.Config;

/// <summary>A virtual router: interfaces on segments and a table of its own. Routers know nothing of each other, so their addresses may overlap.</summary>
public sealed record RouterPlan
{
    /// <summary>Name, shown in tables and traces.</summary>
    public required string Name { get; init; }

    /// <summary>Interfaces, one a segment at most.</summary>
    public required IReadOnlyList<RouterInterfacePlan> Interfaces { get; init; }

    /// <summary>Static routes; a prefix occurs once. The networks of the interfaces need none.</summary>
    public IReadOnlyList<RoutePlan> Routes { get; init; } = [];

    /// <summary>Neighbours that each address of the router remembers, 16 to 65,536.</summary>
    public int MaxNeighbors { get; init; } = 1024;
}
