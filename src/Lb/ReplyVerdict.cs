namespace Weft.Lb;

/// <summary>What is to be done with a packet of a server.</summary>
/// <param name="Action">Where it goes.</param>
/// <param name="Lb">The load balancer of <see cref="ReplyAction.Redirect"/>.</param>
/// <param name="Released">Fragments that are now to be taken with <see cref="ReturnPathTable.TryTakeFragment"/>.</param>
public readonly record struct ReplyVerdict(ReplyAction Action, LbId Lb = default, int Released = 0);
