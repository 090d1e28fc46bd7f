namespace Weft.Ports;

/// <summary>How an <see cref="AfPacketPort"/> takes frames from the kernel.</summary>
public enum AfPacketMode
{
    /// <summary>
    /// A ring of one slot a frame (TPACKET_V2): a frame can be taken the moment it arrived. For ports that forward.
    /// </summary>
    LowLatency,

    /// <summary>
    /// A ring of blocks (TPACKET_V3): fewer steps a frame, but a lone frame waits up to a millisecond until its block is
    /// handed over. For capture and intrusion detection.
    /// </summary>
    Throughput,
}
