namespace Weft.Host.Observe;

/// <summary>Another member of a point of presence.</summary>
/// <param name="Address">Its tunnel address.</param>
/// <param name="Role"><c>gateway</c> or <c>node</c>.</param>
/// <param name="Bfd">State of BFD with it.</param>
/// <param name="DetectionMilliseconds">Silence after which it is called down.</param>
public sealed record SaseMemberSnapshot(string Address, string Role, string Bfd, double DetectionMilliseconds);
