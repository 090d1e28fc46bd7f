namespace Weft.Bridge;

/// <summary>What a probe that came back says.</summary>
/// <param name="SentBy">Number of the port that it left by.</param>
/// <param name="ReceivedAt">Number of the port that it came back by, which may be the same.</param>
/// <param name="Vlan">VLAN that it left in; 0 if it was untagged.</param>
public readonly record struct LoopSighting(int SentBy, int ReceivedAt, ushort Vlan);
