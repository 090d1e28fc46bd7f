namespace Weft.Host.Config.Document;

/// <summary><c>services[].container</c>.</summary>
internal sealed class ContainerSection : Section
{
    public Setting<string> Memory { get; set; }

    public Setting<int> Instances { get; set; }

    public Setting<int> Slots { get; set; }

    public Setting<int> SlotBytes { get; set; }

    public Setting<int> PatienceMilliseconds { get; set; }

    public ServicePathSection Path { get; set; } = new();
}
