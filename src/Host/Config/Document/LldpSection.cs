namespace Weft.Host.Config.Document;

/// <summary>The key <c>lldp</c>.</summary>
internal sealed class LldpSection : Section
{
    public Setting<int> IntervalSeconds { get; set; }

    public Setting<int> Hold { get; set; }

    public Setting<int> MaxNeighbors { get; set; }

    public Setting<TunnelAddress> ManagementAddress { get; set; }
}
