namespace Weft.Host.Config.Document;

/// <summary><c>services[].balancer</c>.</summary>
internal sealed class BalancerSection : Section
{
    public List<VirtualServiceSection> Virtual { get; } = [];
}
