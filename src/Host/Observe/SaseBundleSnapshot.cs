namespace Weft.Host.Observe;

/// <summary>A placement bundle as a member sees it.</summary>
/// <param name="Bundle">Number.</param>
/// <param name="Epoch">Term and owner, <c>none</c> if nobody was heard.</param>
/// <param name="Role">On a node, what it is to the bundle; on a gateway <c>gateway</c>.</param>
/// <param name="Node">The node that packets go to now: on a node the owner, -1 if none is known.</param>
/// <param name="Backup">The node that is told of the flows, -1 if none is.</param>
/// <param name="InSync">True if it has been told of all of them.</param>
public sealed record SaseBundleSnapshot(int Bundle, string Epoch, string Role, int Node, int Backup, bool InSync);
