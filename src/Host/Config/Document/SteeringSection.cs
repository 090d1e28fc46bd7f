namespace Weft.Host.Config.Document;

/// <summary>The key <c>steering</c> of a protected peer.</summary>
internal sealed class SteeringSection : Section
{
    public Setting<string> Key { get; set; }

    public Setting<int> Entries { get; set; }

    public Setting<int> Queues { get; set; }

    public List<Setting<int>> Table { get; } = [];
}
