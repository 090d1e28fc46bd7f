namespace Weft.Host.Observe;

/// <summary>What a rule of an access list decided about.</summary>
/// <param name="Name">Name of the rule; "default" for what no rule matched.</param>
/// <param name="Action">permit, deny or reject.</param>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record AclRuleSnapshot(string Name, string Action, long Packets, long Bytes);
