using Weft.Flows;

namespace Weft.Bridge;

/// <summary>What a <see cref="QosMarker"/> decided about a packet.</summary>
/// <param name="Rule">Place of the rule; the number of rules if none matched.</param>
/// <param name="Color">What its meter said; green without one.</param>
/// <param name="IsDropped">Whether it came too fast.</param>
/// <param name="Priority">Priority that the frame must get by a tag, since it has none; null if nothing is left to do.</param>
public readonly record struct QosVerdict(int Rule, MeterColor Color, bool IsDropped, byte? Priority);
