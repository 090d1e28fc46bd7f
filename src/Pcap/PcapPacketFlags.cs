namespace Weft.Pcap;

/// <summary>The option epb_flags of a packet (draft-ietf-opsawg-pcapng, Enhanced Packet Block Flags Word).</summary>
/// <remarks>
/// <code>
///  31           16 15          9 8       5 4       2 1       0
/// +---------------+-------------+---------+---------+---------+
/// | link errors   | reserved    | FCS len | recept. | direct. |
/// +---------------+-------------+---------+---------+---------+
/// </code>
/// </remarks>
/// <param name="Value">The 32 bits.</param>
public readonly record struct PcapPacketFlags(uint Value)
{
    /// <summary>Flags that say nothing but a direction.</summary>
    public static PcapPacketFlags Of(PcapDirection direction) => new((uint)direction);

    /// <summary>Which way the packet passed.</summary>
    public PcapDirection Direction => (PcapDirection)(Value & 3);

    /// <summary>How it was addressed.</summary>
    public PcapReception Reception => (PcapReception)((Value >> 2) & 7);

    /// <summary>Octets of frame check sequence at the packet's end, 0 if not known.</summary>
    public int FcsBytes => (int)((Value >> 5) & 15);

    /// <summary>Errors of the link layer, bit 0 of the result being bit 16 of the word (bit 8: CRC error).</summary>
    public ushort LinkErrors => (ushort)(Value >> 16);
}
