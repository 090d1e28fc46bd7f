using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>neighbors</c> of a tunnel endpoint.</summary>
internal sealed class NeighborSection : Section
{
    public Setting<TunnelAddress> Address { get; set; }

    public Setting<MacAddress> Mac { get; set; }
}
