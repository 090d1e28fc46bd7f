namespace Weft.Pcap;

/// <summary>Which way a packet passed the interface (bits 0 and 1 of epb_flags).</summary>
public enum PcapDirection : byte
{
    /// <summary>The file does not say.</summary>
    Unknown = 0,

    /// <summary>Received by the interface.</summary>
    Inbound = 1,

    /// <summary>Sent by the interface.</summary>
    Outbound = 2,
}
