using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>The group <c>querier</c> of a segment's <c>multicast</c>.</summary>
internal sealed class QuerierSection : Section
{
    public Setting<TunnelAddress> IPv4 { get; set; }

    public Setting<TunnelAddress> IPv6 { get; set; }

    public Setting<MacAddress> Mac { get; set; }

    public Setting<int> IgmpVersion { get; set; }

    public Setting<int> MldVersion { get; set; }
}
