namespace Weft.Host.Config;

/// <summary>A name for networks, by which behaviour is described.</summary>
/// <param name="Name">The name.</param>
/// <param name="Networks">Its networks; of several groups the longest prefix decides.</param>
public sealed record PeerGroupPlan(string Name, IReadOnlyList<NetworkAddress> Networks);
