using Weft.Encap;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>encryption.peers</c> of a service.</summary>
internal sealed class EncryptionPeerSection : Section
{
    public Setting<TunnelAddress> Address { get; set; }

    public Setting<EspMode> Mode { get; set; }

    public Setting<bool> UdpEncapsulation { get; set; }

    public Setting<bool> ExtendedSequence { get; set; }

    public Setting<int> ReplayWindow { get; set; }

    public Setting<int> LifetimeGigabytes { get; set; }

    public List<AssociationSection> Outbound { get; } = [];

    public List<AssociationSection> Inbound { get; } = [];
}
