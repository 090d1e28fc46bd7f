using Weft.Packets;

namespace Weft.Nat;

/// <summary>Whose a block of ports is, as a gateway knows it.</summary>
/// <param name="Block">The block; of two that overlap the one with the larger <see cref="PortBlock.LeaseEpoch"/> counts.</param>
/// <param name="Host">The owner's end of the tunnel: its <see cref="NatTunnelOptions.Source"/>.</param>
public readonly record struct PortOwner(PortBlock Block, IPv6Address Host);
