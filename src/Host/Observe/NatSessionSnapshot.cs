namespace Weft.Host.Observe;

/// <summary>A mapping or session.</summary>
/// <param name="Protocol">Protocol.</param>
/// <param name="Inside">Machine and port.</param>
/// <param name="Outside">Shared address and port.</param>
/// <param name="Remote">The remote; null for a mapping that serves all.</param>
/// <param name="IsStatic">Whether it was configured.</param>
/// <param name="IdleSeconds">Seconds since it was used.</param>
public sealed record NatSessionSnapshot(string Protocol, string Inside, string Outside, string? Remote, bool IsStatic, double IdleSeconds);
