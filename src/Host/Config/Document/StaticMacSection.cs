using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>static</c> of a segment.</summary>
internal sealed class StaticMacSection : Section
{
    public Setting<MacAddress> Mac { get; set; }

    public Setting<string> Port { get; set; }

    public Setting<TunnelAddress> Peer { get; set; }
}
