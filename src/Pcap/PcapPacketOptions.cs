namespace Weft.Pcap;

/// <summary>What may be said of a packet beside its bytes and its time; <c>default</c> says nothing and costs nothing.</summary>
public readonly ref struct PcapPacketOptions
{
    /// <summary>Bytes that the packet had on the wire, if more than are written.</summary>
    public long? OriginalLength { get; init; }

    /// <summary>Direction, reception and errors (epb_flags); zero is not written.</summary>
    public PcapPacketFlags Flags { get; init; }

    /// <summary>A remark, written as UTF-8 of at most 65,535 bytes.</summary>
    public ReadOnlySpan<char> Comment { get; init; }

    /// <summary>Packets lost between the one before and this one (epb_dropcount).</summary>
    public ulong? DropCount { get; init; }

    /// <summary>A number that is the same wherever this packet is captured (epb_packetid).</summary>
    public ulong? PacketId { get; init; }

    /// <summary>The queue of the interface (epb_queue).</summary>
    public uint? Queue { get; init; }

    /// <summary>What was decided about the packet (epb_verdict): an octet of kind, then that kind's value.</summary>
    public ReadOnlySpan<byte> Verdict { get; init; }
}
