namespace Weft.Host.Config;

/// <summary>A host that machines may move to.</summary>
/// <param name="Name">Its name; 'weft migrate' takes it.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Port">TCP port there.</param>
public sealed record MoveHostPlan(string Name, TunnelAddress Address, int Port);
