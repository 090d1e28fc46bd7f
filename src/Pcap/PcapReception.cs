namespace Weft.Pcap;

/// <summary>How a packet was addressed to the interface (bits 2 to 4 of epb_flags).</summary>
public enum PcapReception : byte
{
    /// <summary>The file does not say.</summary>
    Unknown = 0,

    /// <summary>To the interface's own address.</summary>
    Unicast = 1,

    /// <summary>To a group.</summary>
    Multicast = 2,

    /// <summary>To everybody.</summary>
    Broadcast = 3,

    /// <summary>To somebody else, seen in promiscuous mode.</summary>
    Promiscuous = 4,
}
