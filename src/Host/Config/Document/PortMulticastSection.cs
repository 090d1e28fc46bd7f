using Weft.Multicast;

namespace Weft.Host.Config.Document;

/// <summary>The group <c>multicast</c> of a port.</summary>
internal sealed class PortMulticastSection : Section
{
    public Setting<FastLeave> FastLeave { get; set; }

    public Setting<int> MaxGroups { get; set; }

    public Setting<int> MaxSources { get; set; }

    public Setting<int> MaxMessagesPerSecond { get; set; }

    public Setting<bool> AcceptQueries { get; set; }
}
