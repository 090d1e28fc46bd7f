using Weft.Encap;
using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of services that encrypt.</summary>
internal static class EncryptionShape
{
    /// <summary>Old and new associations of a rekey, for a few hosts that the other machine may be on.</summary>
    private const int MaxAssociations = 16;

    private static readonly Shape<AssociationSection> Outbound = DocumentShape.Association("machineOutbound", "An association that seals. Its key is used for nothing else, on no other host either.", isOutbound: false);

    private static readonly Shape<AssociationSection> Inbound = DocumentShape.Association("machineInbound", "An association that opens.", isOutbound: false);

    private static readonly Shape<EncryptionPeerSection> Peer = new(
        "encryptionPeer",
        "Another machine, packets to which are sealed with ESP (RFC 4303), and from which nothing else is taken.",
        new ScalarField<EncryptionPeerSection, TunnelAddress>("address", "Its IP address, as it is at this service's place in the order.", Scalars.Address, (s, v) => s.Address = v).Required(),
        new ScalarField<EncryptionPeerSection, EspMode>(
            "mode",
            "transport: what is behind the IP header. tunnel: the whole packet behind a header with the same addresses, fragments too.",
            Scalars.OneOf(("transport", EspMode.Transport), ("tunnel", EspMode.Tunnel)),
            (s, v) => s.Mode = v).Default(EspMode.Transport),
        new ScalarField<EncryptionPeerSection, bool>("udpEncapsulation", "ESP in UDP port 4500 (RFC 3948).", Scalars.Boolean, (s, v) => s.UdpEncapsulation = v).Default(false),
        new ScalarField<EncryptionPeerSection, bool>("extendedSequence", "64-bit sequence numbers (RFC 4303 section 2.2.1), the same at both ends.", Scalars.Boolean, (s, v) => s.ExtendedSequence = v).Default(true),
        new ScalarField<EncryptionPeerSection, int>("replayWindow", "Packets that may be out of order.", Scalars.Integer(AntiReplayWindow.MinSize, AntiReplayWindow.MaxSize), (s, v) => s.ReplayWindow = v).Default(1024),
        new ScalarField<EncryptionPeerSection, int>("lifetimeGigabytes", "Payload after which an association seals and opens nothing more; a successor is due at 80 %.", Scalars.Integer(1, int.MaxValue, "gigabytes"), (s, v) => s.LifetimeGigabytes = v).IfAbsent("until the sequence numbers are used up"),
        new GroupListField<EncryptionPeerSection, AssociationSection>("outbound", "Associations that seal: the first that is not finished.", Outbound, 1, MaxAssociations, s => s.Outbound),
        new GroupListField<EncryptionPeerSection, AssociationSection>("inbound", "Associations that open. During a rekey, or if the other machine moves between hosts, several stand beside each other.", Inbound, 1, MaxAssociations, s => s.Inbound));

    /// <summary>Tables for the guide.</summary>
    public static IEnumerable<GuideTable> Guide() => [DocumentShape.Table(Shape), DocumentShape.Table(Peer), DocumentShape.Table(Outbound), DocumentShape.Table(Inbound)];

    public static Shape<EncryptionSection> Shape { get; } = new(
        "encryption",
        "Other machines, with which this one talks in secret. Such a service belongs to one machine: two with one key would repeat nonces.",
        new GroupListField<EncryptionSection, EncryptionPeerSection>("peers", "The others.", Peer, 1, 1024, s => s.Peers));
}
