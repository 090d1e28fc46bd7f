using Weft.Packets;

namespace Weft.Analytics;

/// <summary>What was seen of a conversation since the last report of it, both ways (a biflow, RFC 5103).</summary>
/// <param name="Key">From who opened it to whom it was opened; IPv4 addresses are mapped (RFC 4291 section 2.5.5.2).</param>
/// <param name="Packets">Packets of who opened it.</param>
/// <param name="Bytes">Octets of their IP packets.</param>
/// <param name="ReversePackets">Packets of the other side.</param>
/// <param name="ReverseBytes">Octets of their IP packets.</param>
/// <param name="First">Time of the first packet counted here.</param>
/// <param name="Last">Time of the last one.</param>
/// <param name="End">Why it is reported.</param>
public readonly record struct FlowReport(
    FlowKey6 Key, long Packets, long Bytes, long ReversePackets, long ReverseBytes, Timestamp First, Timestamp Last, FlowEndReason End);
