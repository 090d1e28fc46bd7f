namespace Weft.Cluster;

/// <summary>Who does the work of a thing, and since which change.</summary>
/// <param name="Owner">The node that owns it.</param>
/// <param name="Backup">The node that stands by for it; null for none.</param>
/// <param name="Epoch">One higher with every change, from 1. Packets and messages carry it, and who knows a higher one refuses them.</param>
/// <param name="Claim">A name that the claimant gave its attempt, by which it knows its own success when the answer was lost.</param>
public sealed record Ownership(string Owner, string? Backup, long Epoch, string Claim);
