namespace Weft.Bench.Pcap;

/// <summary>The copy of a pcapng, in process.</summary>
public sealed class PcapngInProcess() : CopyInProcess(pcapng: true);
