namespace Weft.Pcap;

/// <summary>What a reader has seen so far.</summary>
public struct PcapReaderCounters
{
    /// <summary>Packets delivered.</summary>
    public long Packets;

    /// <summary>Captured bytes of those packets, without any header of the file format.</summary>
    public long PacketBytes;

    /// <summary>Sections of a pcapng file that have begun; 1 for pcap.</summary>
    public long Sections;

    /// <summary>Interface descriptions of all sections; 1 for pcap.</summary>
    public long Interfaces;

    /// <summary>Blocks that are neither packets nor sections nor interfaces: names, statistics, secrets and unknown ones.</summary>
    public long OtherBlocks;
}
