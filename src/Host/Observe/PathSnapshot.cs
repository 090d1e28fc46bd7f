using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>What is known of the path to one peer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="MtuBytes">Largest packet to it.</param>
/// <param name="Probed">Whether the path is probed.</param>
public sealed record PathSnapshot(TunnelAddress Peer, int MtuBytes, bool Probed);
