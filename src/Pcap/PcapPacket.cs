using Weft.Packets;

namespace Weft.Pcap;

/// <summary>
/// A packet as a reader delivers it. Its bytes lie in the reader's buffer and are valid until the reader is asked for
/// anything else.
/// </summary>
public readonly ref struct PcapPacket
{
    private readonly bool _swapped;
    private readonly ReadOnlySpan<byte> _options;

    internal PcapPacket(PcapInterface source, ReadOnlySpan<byte> data, Timestamp timestamp, uint originalLength, long offset)
    {
        Interface = source;
        Data = data;
        Timestamp = timestamp;
        OriginalLength = originalLength;
        Offset = offset;
        HasTimestamp = true;
    }

    internal PcapPacket(
        PcapInterface source, ReadOnlySpan<byte> data, Timestamp timestamp, uint originalLength, long offset, ReadOnlySpan<byte> options, bool swapped, bool hasTimestamp)
    {
        Interface = source;
        Data = data;
        Timestamp = timestamp;
        OriginalLength = originalLength;
        Offset = offset;
        HasTimestamp = hasTimestamp;
        _options = options;
        _swapped = swapped;
    }

    /// <summary>The bytes that were captured, from the link layer up.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>When it was captured, as nanoseconds since the Unix epoch; zero without <see cref="HasTimestamp"/>.</summary>
    public Timestamp Timestamp { get; }

    /// <summary>Bytes that the packet had on the wire; more than <see cref="Data"/> holds if it was cut.</summary>
    public uint OriginalLength { get; }

    /// <summary>Byte of the file at which the packet's record begins.</summary>
    public long Offset { get; }

    /// <summary>False for a Simple Packet Block, which has none.</summary>
    public bool HasTimestamp { get; }

    /// <summary>The interface it was captured on.</summary>
    public PcapInterface Interface { get; }

    /// <summary>Number of the interface within its section.</summary>
    public int InterfaceId => Interface.Id;

    /// <summary>What the first byte of <see cref="Data"/> belongs to.</summary>
    public LinkType LinkType => Interface.LinkType;

    /// <summary>The options of a pcapng packet; none in a pcap file.</summary>
    public PcapngOptions Options => new(_options, _swapped);

    /// <summary>Direction, reception and errors (epb_flags), all zero if the file does not say; costs a walk over the options.</summary>
    public PcapPacketFlags Flags =>
        Options.TryFind(PcapngOptionCode.PacketFlags, out PcapngOption option) && option.TryGetUInt32(out uint value) ? new(value) : default;

    /// <summary>The first comment, or null; walks the options and allocates the string.</summary>
    public string? GetComment() => Options.TryFind(PcapngOptionCode.Comment, out PcapngOption option) ? option.GetText() : null;
}
