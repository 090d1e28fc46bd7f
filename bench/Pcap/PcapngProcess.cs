namespace Weft.Bench.Pcap;

/// <summary>The copy of a pcapng, whole process.</summary>
public sealed class PcapngProcess() : CopyProcess(pcapng: true);
