using Weft.Packets;

namespace Weft.Pcap;

/// <summary>What an Interface Statistics Block says of an interface (draft-ietf-opsawg-pcapng); null is "not said".</summary>
public readonly record struct PcapInterfaceStatistics
{
    /// <summary>When the counters were read.</summary>
    public Timestamp Timestamp { get; init; }

    /// <summary>When the capture began (isb_starttime).</summary>
    public Timestamp? Start { get; init; }

    /// <summary>When the capture ended (isb_endtime).</summary>
    public Timestamp? End { get; init; }

    /// <summary>Packets that the interface received (isb_ifrecv).</summary>
    public ulong? Received { get; init; }

    /// <summary>Packets that the interface dropped for want of resources (isb_ifdrop).</summary>
    public ulong? Dropped { get; init; }

    /// <summary>Packets that passed the capture filter (isb_filteraccept).</summary>
    public ulong? FilterAccepted { get; init; }

    /// <summary>Packets that the operating system dropped (isb_osdrop).</summary>
    public ulong? OsDropped { get; init; }

    /// <summary>Packets delivered to the user (isb_usrdeliv).</summary>
    public ulong? Delivered { get; init; }

    /// <summary>Sees a block as statistics; <see cref="PcapngBlock.Interface"/> says of which interface.</summary>
    /// <returns>False if it is another type of block.</returns>
    public static bool TryParse(in PcapngBlock block, out PcapInterfaceStatistics statistics)
    {
        if (block.Type != PcapngBlockType.InterfaceStatistics || block.Interface is not { } source)
        {
            statistics = default;
            return false;
        }

        ReadOnlySpan<byte> body = block.Body;
        PcapngOptions options = block.Options;
        statistics = new PcapInterfaceStatistics
        {
            Timestamp = Time(body[4..], source, block.Swapped),
            Start = Time(options, PcapngOptionCode.StatisticsStart, source),
            End = Time(options, PcapngOptionCode.StatisticsEnd, source),
            Received = Count(options, PcapngOptionCode.StatisticsReceived),
            Dropped = Count(options, PcapngOptionCode.StatisticsDropped),
            FilterAccepted = Count(options, PcapngOptionCode.StatisticsFilterAccepted),
            OsDropped = Count(options, PcapngOptionCode.StatisticsOsDropped),
            Delivered = Count(options, PcapngOptionCode.StatisticsDelivered),
        };
        return true;
    }

    private static ulong? Count(PcapngOptions options, ushort code) =>
        options.TryFind(code, out PcapngOption option) && option.TryGetUInt64(out ulong value) ? value : null;

    private static Timestamp? Time(PcapngOptions options, ushort code, PcapInterface source) =>
        options.TryFind(code, out PcapngOption option) && option.Value.Length == 8 ? Time(option.Value, source, options.Swapped) : null;

    // Two halves, the high one first, each in the section's byte order: not a number of 64 bits.
    private static Timestamp Time(ReadOnlySpan<byte> halves, PcapInterface source, bool swapped) =>
        source.ToTimestamp(((ulong)ByteOrder.ReadUInt32(halves, swapped) << 32) | ByteOrder.ReadUInt32(halves[4..], swapped));
}
