using Weft.Encap;
using Weft.Host.Config;

namespace Weft.Host.Datapath.Security;

/// <summary>An association that seals, with what must outlive a change of configuration.</summary>
/// <param name="Sa">The engine.</param>
/// <param name="Identity">What must be equal for a new configuration to keep it.</param>
/// <param name="Lease">Its sequence numbers; null in a twin, whose key is made up.</param>
/// <param name="Queue">The receive queue that it is aimed at, or null.</param>
internal sealed record OutboundAssociation(EspOutboundSa Sa, AssociationIdentity Identity, SequenceLease? Lease, int? Queue);

/// <summary>An association that opens.</summary>
/// <param name="Sa">The engine.</param>
/// <param name="Identity">What must be equal for a new configuration to keep it.</param>
internal sealed record InboundAssociation(EspInboundSa Sa, AssociationIdentity Identity);

/// <summary>Everything that makes an association what it is; the key by its digest.</summary>
internal sealed record AssociationIdentity(
    TunnelAddress Local, TunnelAddress Peer, EspMode Mode, uint Spi, AeadAlgorithm Algorithm, bool Extended, int Window, long? Lifetime, EspUdpPorts? Ports, string KeyDigest);
