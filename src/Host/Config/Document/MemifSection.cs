using Weft.Ports;

namespace Weft.Host.Config.Document;

/// <summary>The key <c>memif</c> of a port.</summary>
internal sealed class MemifSection : Section
{
    public Setting<string> Socket { get; set; }

    public Setting<MemifRole> Role { get; set; }

    public Setting<int> Id { get; set; }

    public Setting<int> Queues { get; set; }

    public Setting<int> Slots { get; set; }
}
