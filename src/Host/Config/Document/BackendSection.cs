namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>services[].balancer.virtual[].backends</c>.</summary>
internal sealed class BackendSection : Section
{
    public Setting<TunnelAddress> Address { get; set; }

    public Setting<int> Port { get; set; }

    public Setting<int> Weight { get; set; }
}
