using Weft.Ids;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>What inspecting captures came to.</summary>
/// <param name="Packets">Packets in the captures.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="NotRead">Packets whose link type or headers could not be read.</param>
/// <param name="Alerts">Alerts that were reported.</param>
/// <param name="Dropped">Packets that an inline sensor would have dropped.</param>
/// <param name="Damage">What is wrong with the captures; null if they could be read to their end.</param>
/// <param name="Elapsed">Time for reading, inspecting and writing.</param>
/// <param name="Detector">What the detector counted.</param>
public sealed record IdsReplayResult(long Packets, long Bytes, long NotRead, long Alerts, long Dropped, string? Damage, TimeSpan Elapsed, DetectorCounters Detector);
