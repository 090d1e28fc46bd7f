namespace Weft.Pcap;

/// <summary>The formats of capture file that a reader tells apart by the first four bytes.</summary>
public enum PcapFormat : byte
{
    /// <summary>The first bytes have not been read yet, or were not those of a capture file.</summary>
    Unknown,

    /// <summary>A pcap file with microseconds (magic number A1B2C3D4).</summary>
    PcapMicroseconds,

    /// <summary>A pcap file with nanoseconds (magic number A1B23C4D).</summary>
    PcapNanoseconds,

    /// <summary>A pcapng file: sections of blocks, with several interfaces, options and statistics.</summary>
    Pcapng,
}
