using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Pcap;

/// <content>pcapng (draft-ietf-opsawg-pcapng): type 4 | total length 4 | body, padded to four | total length 4.</content>
internal sealed partial class CaptureDecoder
{
    private const int MinBlockBytes = 12;
    private const int MinSectionHeaderBytes = 28;
    private const int MinInterfaceBytes = 20;
    private const int MinEnhancedPacketBytes = 32;
    private const int MinSimplePacketBytes = 16;
    private const int MinStatisticsBytes = 24;
    private int _section = -1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private DecodeStatus DecodePacketBlock(ReadOnlySpan<byte> available, out PcapPacket packet, out int size)
    {
        packet = default;
        DecodeStatus status = DecodeFrame(available, out PcapngBlockType type, out size);
        if (status != DecodeStatus.Delivered)
        {
            return status;
        }

        // The commonest block goes straight to the packet, without the copies that a block beside it costs.
        PcapError error;
        if (type == PcapngBlockType.EnhancedPacket)
        {
            error = Packet(available[..size], ByteOrder.ReadUInt32(available[8..], _swapped), out packet);
            return error != PcapError.None ? Fail(error, out size) : Consume(size, DecodeStatus.Delivered, out size);
        }

        var block = new PcapngBlock(type, available[..size], _swapped, NextOffset);
        error = Understand(ref block);
        if (error != PcapError.None)
        {
            return Fail(error, out size);
        }

        return Consume(size, block.TryGetPacket(out packet) ? DecodeStatus.Delivered : DecodeStatus.Passed, out size);
    }

    private DecodeStatus DecodeAnyBlock(ReadOnlySpan<byte> available, out PcapngBlock block, out int size)
    {
        block = default;
        DecodeStatus status = DecodeFrame(available, out PcapngBlockType type, out size);
        if (status != DecodeStatus.Delivered)
        {
            return status;
        }

        block = new PcapngBlock(type, available[..size], _swapped, NextOffset);
        PcapError error = Understand(ref block);
        return error != PcapError.None ? Fail(error, out size) : Consume(size, DecodeStatus.Delivered, out size);
    }

    /// <summary>Checks that a whole block is at hand and that its two lengths agree; consumes nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private DecodeStatus DecodeFrame(ReadOnlySpan<byte> available, out PcapngBlockType type, out int size)
    {
        type = default;
        if (available.Length < MinBlockBytes)
        {
            return NeedMore(MinBlockBytes, out size);
        }

        type = (PcapngBlockType)ByteOrder.ReadUInt32(available, _swapped);
        if (type == PcapngBlockType.SectionHeader && !TryReadByteOrder(available))
        {
            return Fail(PcapError.InvalidByteOrderMagic, out size);
        }

        uint total = ByteOrder.ReadUInt32(available[4..], _swapped);
        if (total < MinimumBytes(type) || (total & 3) != 0)
        {
            return Fail(PcapError.InvalidBlockLength, out size);
        }

        if (total > (uint)_options.MaxBlockBytes)
        {
            return Fail(PcapError.BlockTooLarge, out size);
        }

        size = (int)total;
        if (available.Length < size)
        {
            return DecodeStatus.NeedMore;
        }

        return ByteOrder.ReadUInt32(available[(size - PcapngBlock.TrailerBytes)..], _swapped) == total
            ? DecodeStatus.Delivered
            : Fail(PcapError.BlockLengthMismatch, out size);
    }

    private static int MinimumBytes(PcapngBlockType type) => type switch
    {
        PcapngBlockType.EnhancedPacket or PcapngBlockType.ObsoletePacket => MinEnhancedPacketBytes,
        PcapngBlockType.SimplePacket => MinSimplePacketBytes,
        PcapngBlockType.InterfaceDescription => MinInterfaceBytes,
        PcapngBlockType.InterfaceStatistics => MinStatisticsBytes,
        PcapngBlockType.SectionHeader => MinSectionHeaderBytes,
        _ => MinBlockBytes,
    };

    private PcapError Understand(ref PcapngBlock block)
    {
        switch (block.Type)
        {
            case PcapngBlockType.EnhancedPacket:
                return PacketIn(ref block, Packet(block.Raw, ByteOrder.ReadUInt32(block.Raw[8..], _swapped), out PcapPacket enhanced), enhanced);
            case PcapngBlockType.ObsoletePacket:
                return PacketIn(ref block, Packet(block.Raw, ByteOrder.ReadUInt16(block.Raw[8..], _swapped), out PcapPacket obsolete), obsolete);
            case PcapngBlockType.SimplePacket:
                return PacketIn(ref block, SimplePacket(block.Raw, out PcapPacket simple), simple);
            case PcapngBlockType.SectionHeader:
                return Section(ref block);
            case PcapngBlockType.InterfaceDescription:
                return Interface(ref block);
            case PcapngBlockType.InterfaceStatistics:
                return Statistics(ref block);
            default:
                Counters.OtherBlocks++;
                return PcapError.None;
        }
    }

    // Enhanced: interface 4 | timestamp high 4 | low 4 | captured 4 | original 4 | data, padded | options.
    // Obsolete: the same, save that interface and drops count share the first four octets.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private PcapError Packet(ReadOnlySpan<byte> raw, uint interfaceId, out PcapPacket packet)
    {
        const int DataOffset = 28;
        packet = default;
        if (interfaceId >= (uint)_interfaces.Count)
        {
            return PcapError.UnknownInterface;
        }

        uint captured = ByteOrder.ReadUInt32(raw[20..], _swapped);
        if (captured > (uint)(raw.Length - MinEnhancedPacketBytes))
        {
            return PcapError.PacketExceedsBlock;
        }

        if (captured > _maxPacketBytes)
        {
            return PcapError.PacketTooLarge;
        }

        // The block's length is a multiple of four, so the padded data still fit.
        int options = DataOffset + (((int)captured + 3) & ~3);
        PcapInterface source = _interfaces[(int)interfaceId];
        ulong units = ((ulong)ByteOrder.ReadUInt32(raw[12..], _swapped) << 32) | ByteOrder.ReadUInt32(raw[16..], _swapped);
        packet = new PcapPacket(
            source,
            raw.Slice(DataOffset, (int)captured),
            source.ToTimestamp(units),
            ByteOrder.ReadUInt32(raw[24..], _swapped),
            NextOffset,
            raw[options..^PcapngBlock.TrailerBytes],
            _swapped,
            hasTimestamp: true);
        Count(packet.Data.Length);
        return PcapError.None;
    }

    // Simple: original 4 | data, padded. The captured length is not written: it is the lesser of original and snap length.
    private PcapError SimplePacket(ReadOnlySpan<byte> raw, out PcapPacket packet)
    {
        const int DataOffset = 12;
        packet = default;
        if (_interfaces.Count == 0)
        {
            return PcapError.UnknownInterface;
        }

        PcapInterface source = _interfaces[0];
        uint original = ByteOrder.ReadUInt32(raw[8..], _swapped);
        uint captured = source.SnapLength == 0 ? original : (uint)Math.Min(original, source.SnapLength);
        if (captured > (uint)(raw.Length - MinSimplePacketBytes))
        {
            return PcapError.PacketExceedsBlock;
        }

        if (captured > _maxPacketBytes)
        {
            return PcapError.PacketTooLarge;
        }

        packet = new PcapPacket(
            source, raw.Slice(DataOffset, (int)captured), Timestamp.Zero, original, NextOffset, default, _swapped, hasTimestamp: false);
        Count(packet.Data.Length);
        return PcapError.None;
    }

    private static PcapError PacketIn(ref PcapngBlock block, PcapError error, PcapPacket packet)
    {
        block = new PcapngBlock(block, packet);
        return error;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(int bytes)
    {
        Counters.Packets++;
        Counters.PacketBytes += bytes;
    }

    // byte-order magic 4 | major 2 | minor 2 | section length 8 | options. The section length is advice for skipping and
    // may be unknown (-1) or wrong: blocks are followed one by one instead.
    private PcapError Section(ref PcapngBlock block)
    {
        if (ByteOrder.ReadUInt16(block.Raw[12..], _swapped) != 1)
        {
            return PcapError.UnsupportedVersion;
        }

        _section++;
        _interfaces.Clear();
        Counters.Sections++;
        block = new PcapngBlock(block, block.Raw[24..^PcapngBlock.TrailerBytes]);
        return PcapError.None;
    }

    // link type 2 | reserved 2 | snap length 4 | options
    private PcapError Interface(ref PcapngBlock block)
    {
        if (_interfaces.Count >= _options.MaxInterfaces)
        {
            return PcapError.TooManyInterfaces;
        }

        var options = new PcapngOptions(block.Raw[16..^PcapngBlock.TrailerBytes], _swapped);
        if (!options.AreWellFormed())
        {
            return PcapError.MalformedOptions;
        }

        var link = (LinkType)ByteOrder.ReadUInt16(block.Raw[8..], _swapped);
        var source = new PcapInterface(_interfaces.Count, _section, link, ByteOrder.ReadUInt32(block.Raw[12..], _swapped), options);
        _interfaces.Add(source);
        Counters.Interfaces++;
        block = new PcapngBlock(block, source, options.Raw);
        return PcapError.None;
    }

    // interface 4 | timestamp 8 | options
    private PcapError Statistics(ref PcapngBlock block)
    {
        uint interfaceId = ByteOrder.ReadUInt32(block.Raw[8..], _swapped);
        if (interfaceId >= (uint)_interfaces.Count)
        {
            return PcapError.UnknownInterface;
        }

        Counters.OtherBlocks++;
        block = new PcapngBlock(block, _interfaces[(int)interfaceId], block.Raw[20..^PcapngBlock.TrailerBytes]);
        return PcapError.None;
    }

    private bool TryReadByteOrder(ReadOnlySpan<byte> header)
    {
        uint magic = ByteOrder.ReadUInt32(header[8..], swapped: false);
        if (magic == PcapMagic.ByteOrder)
        {
            _swapped = false;
            return true;
        }

        _swapped = true;
        return ByteOrder.ReadUInt32(header[8..], swapped: true) == PcapMagic.ByteOrder;
    }
}
