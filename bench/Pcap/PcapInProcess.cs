namespace Weft.Bench.Pcap;

/// <summary>The copy of a pcap, in process.</summary>
public sealed class PcapInProcess() : CopyInProcess(pcapng: false);
