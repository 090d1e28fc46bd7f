using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>services[].balancer.virtual</c>.</summary>
internal sealed class VirtualServiceSection : Section
{
    public Setting<TunnelAddress> Address { get; set; }

    public Setting<IpProtocol> Protocol { get; set; }

    public Setting<int> Port { get; set; }

    public List<BackendSection> Backends { get; } = [];
}
