namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>routers</c>.</summary>
internal sealed class RouterSection : Section
{
    public Setting<string> Name { get; set; }

    public List<RouterInterfaceSection> Interfaces { get; } = [];

    public List<RouteSection> Routes { get; } = [];

    public Setting<int> MaxNeighbors { get; set; }
}
