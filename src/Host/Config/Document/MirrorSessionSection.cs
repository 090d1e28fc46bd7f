namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>mirrors</c>.</summary>
internal sealed class MirrorSessionSection : Section
{
    public Setting<string> Name { get; set; }

    public List<Setting<string>> Ports { get; } = [];

    public List<Setting<string>> Segments { get; } = [];

    public Setting<MirrorDirection> Direction { get; set; }

    public Setting<string> Filter { get; set; }

    public Setting<int> Snap { get; set; }

    public Setting<int> PacketsPerSecond { get; set; }

    public Setting<string> To { get; set; }

    public ErspanSection Erspan { get; set; } = new();
}
