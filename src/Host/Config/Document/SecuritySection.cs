namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>security</c> of a tunnel endpoint.</summary>
internal sealed class SecuritySection : Section
{
    public Setting<TunnelAddress> Peer { get; set; }

    public Setting<bool> UdpEncapsulation { get; set; }

    public Setting<bool> ExtendedSequence { get; set; }

    public Setting<int> ReplayWindow { get; set; }

    public Setting<int> LifetimeGigabytes { get; set; }

    public SteeringSection Steering { get; set; } = new();

    public List<AssociationSection> Outbound { get; } = [];

    public List<AssociationSection> Inbound { get; } = [];
}
