using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>sase[].tenants[].published</c>.</summary>
internal sealed class SasePublishedSection : Section
{
    public Setting<IpProtocol> Protocol { get; set; }

    public Setting<TunnelAddress> Public { get; set; }

    public Setting<int> PublicPort { get; set; }

    public Setting<TunnelAddress> Inside { get; set; }

    public Setting<int> InsidePort { get; set; }
}
