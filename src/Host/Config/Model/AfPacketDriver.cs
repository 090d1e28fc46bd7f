namespace Weft.Host.Config;

/// <summary>AF_PACKET form, see docs of Weft.Ports.</summary>
public enum AfPacketDriver
{
    /// <summary>Least latency (default).</summary>
    LowLatency,

    /// <summary>TPACKET_V3 blocks: most frames a second, up to a block timeout of latency.</summary>
    Throughput,
}
