namespace Weft.Bridge;

/// <summary>One copy of a frame: where it goes and how its tag changes on the way.</summary>
/// <param name="Where">The port or tunnel endpoint.</param>
/// <param name="Rewrite">What to do with the VLAN tag first.</param>
/// <param name="IsLast">True for the last copy of a flood and for every single output: the original's buffer may be given away.</param>
public readonly record struct BridgeOutput(BridgeLocation Where, VlanRewrite Rewrite, bool IsLast);
