namespace Weft.Bench.Pcap;

/// <summary>The copy of a pcap, whole process.</summary>
public sealed class PcapProcess() : CopyProcess(pcapng: false);
