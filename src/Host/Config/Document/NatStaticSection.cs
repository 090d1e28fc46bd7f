using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>nat[].static</c>.</summary>
internal sealed class NatStaticSection : Section
{
    public Setting<IpProtocol> Protocol { get; set; }

    public Setting<TunnelAddress> Inside { get; set; }

    public Setting<int> InsidePort { get; set; }

    public Setting<TunnelAddress> Outside { get; set; }

    public Setting<int> OutsidePort { get; set; }
}
