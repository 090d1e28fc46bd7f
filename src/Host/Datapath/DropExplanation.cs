namespace Weft.Host.Datapath;

/// <summary>What a person who meets a drop reason needs to know.</summary>
/// <param name="Name">Stable name, for example <c>vlan-not-allowed</c>.</param>
/// <param name="Stage">Name of the stage that drops for this reason.</param>
/// <param name="Cause">What happened.</param>
/// <param name="Fix">What usually helps.</param>
/// <param name="ConfigKey">The configuration key that decides it, or null if none does.</param>
public sealed record DropExplanation(string Name, string Stage, string Cause, string Fix, string? ConfigKey);
