using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Pcap;

/// <summary>
/// Understands capture files, sans I/O: it is shown contiguous bytes from the current position on and answers with one
/// record, or with how many bytes it needs. Both readers are this decoder behind different sources of bytes.
/// </summary>
/// <remarks>
/// What runs for every packet, here and in reader and writers, is compiled optimised at its first call. A tool often ends
/// within the tenth of a second for which the runtime would otherwise run the quickly compiled form: copying 200 MB as a
/// whole process took half the CPU time this way (<c>ratios --package Pcap</c>), and longer runs the same.
/// </remarks>
internal sealed partial class CaptureDecoder
{
    private const int MagicBytes = 4;
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;
    private const int ModifiedRecordHeaderBytes = 24;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly PcapReaderOptions _options;
    private readonly uint _maxPacketBytes;
    private readonly List<PcapInterface> _interfaces = [];
    private PcapInterface? _pcapInterface;
    private int _recordHeaderBytes;
    private uint _nanosecondsPerFraction;
    private bool _swapped;

    public PcapReaderCounters Counters;

    public CaptureDecoder(PcapReaderOptions options)
    {
        _options = options;
        _maxPacketBytes = (uint)options.MaxPacketBytes;
    }

    public PcapFormat Format { get; private set; }

    public PcapError Error { get; private set; }

    /// <summary>Where the record that was decoded last begins, or the damage.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the next record begins.</summary>
    public long NextOffset { get; private set; }

    public IReadOnlyList<PcapInterface> Interfaces => _interfaces;

    /// <summary>One step towards the next packet; blocks of pcapng that hold none are <see cref="DecodeStatus.Passed"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public DecodeStatus DecodePacket(ReadOnlySpan<byte> available, out PcapPacket packet, out int size)
    {
        if (Error != PcapError.None)
        {
            packet = default;
            return Fail(Error, out size);
        }

        if (_pcapInterface is not null)
        {
            return DecodeRecord(_pcapInterface, available, out packet, out size);
        }

        if (Format == PcapFormat.Pcapng)
        {
            return DecodePacketBlock(available, out packet, out size);
        }

        packet = default;
        return DecodeFileHeader(available, out size);
    }

    /// <summary>One step towards the next block of a pcapng file.</summary>
    public DecodeStatus DecodeBlock(ReadOnlySpan<byte> available, out PcapngBlock block, out int size)
    {
        block = default;
        if (Error != PcapError.None)
        {
            return Fail(Error, out size);
        }

        if (Format == PcapFormat.Pcapng)
        {
            return DecodeAnyBlock(available, out block, out size);
        }

        return Format is PcapFormat.PcapMicroseconds or PcapFormat.PcapNanoseconds
            ? Fail(PcapError.NotPcapng, out size)
            : DecodeFileHeader(available, out size);
    }

    /// <summary>Tells the decoder that <paramref name="rest"/> bytes which make no record are all there is.</summary>
    public void EndOfInput(long rest)
    {
        if (Error == PcapError.None && (rest > 0 || Format == PcapFormat.Unknown))
        {
            Fail(PcapError.Truncated, out _);
        }
    }

    /// <summary>Recognises the format. The header of pcap is consumed, the section header of pcapng is left for the next step.</summary>
    public DecodeStatus DecodeFileHeader(ReadOnlySpan<byte> available, out int size)
    {
        if (Error != PcapError.None || Format != PcapFormat.Unknown)
        {
            size = 0;
            return Error != PcapError.None ? DecodeStatus.Failed : DecodeStatus.Passed;
        }

        if (available.Length < MagicBytes)
        {
            return NeedMore(MagicBytes, out size);
        }

        uint magic = ByteOrder.ReadUInt32(available, swapped: false);
        if (magic == PcapMagic.SectionHeader)
        {
            Format = PcapFormat.Pcapng;
            size = 0;
            return DecodeStatus.Passed;
        }

        _swapped = magic is not (PcapMagic.Microseconds or PcapMagic.Nanoseconds or PcapMagic.Modified);
        switch (_swapped ? BinaryPrimitives.ReverseEndianness(magic) : magic)
        {
            case PcapMagic.Microseconds:
                return DecodePcapHeader(PcapFormat.PcapMicroseconds, RecordHeaderBytes, available, out size);
            case PcapMagic.Nanoseconds:
                return DecodePcapHeader(PcapFormat.PcapNanoseconds, RecordHeaderBytes, available, out size);
            case PcapMagic.Modified:
                return DecodePcapHeader(PcapFormat.PcapMicroseconds, ModifiedRecordHeaderBytes, available, out size);
            default:
                return Fail(PcapMagic.IsCompressed(available[..MagicBytes]) ? PcapError.Compressed : PcapError.UnknownFormat, out size);
        }
    }

    // draft-ietf-opsawg-pcap, section 4:
    //   magic 4 | major 2 | minor 2 | reserved 8 | snap length 4 | FCS length:4 R:1 P:1 reserved:10 link type:16
    private DecodeStatus DecodePcapHeader(PcapFormat format, int recordHeaderBytes, ReadOnlySpan<byte> available, out int size)
    {
        const uint FcsPresent = 1u << 26;
        if (available.Length < FileHeaderBytes)
        {
            return NeedMore(FileHeaderBytes, out size);
        }

        // Older minors swapped the two lengths of a record at their own discretion; nothing has written them since 1998.
        if (ByteOrder.ReadUInt16(available[4..], _swapped) != 2 || ByteOrder.ReadUInt16(available[6..], _swapped) != 4)
        {
            return Fail(PcapError.UnsupportedVersion, out size);
        }

        uint link = ByteOrder.ReadUInt32(available[20..], _swapped);
        int fcsBytes = (link & FcsPresent) != 0 ? (int)(link >> 28) * sizeof(ushort) : 0;
        PcapTimestampResolution unit = format == PcapFormat.PcapNanoseconds ? PcapTimestampResolution.Nanoseconds : PcapTimestampResolution.Microseconds;
        _pcapInterface = new PcapInterface(0, 0, (LinkType)(ushort)link, ByteOrder.ReadUInt32(available[16..], _swapped), fcsBytes, unit);
        _interfaces.Add(_pcapInterface);
        _nanosecondsPerFraction = (uint)unit.WholeNanoseconds;
        _recordHeaderBytes = recordHeaderBytes;
        Format = format;
        Counters.Sections = 1;
        Counters.Interfaces = 1;
        return Consume(FileHeaderBytes, DecodeStatus.Passed, out size);
    }

    // seconds 4 | fraction 4 | captured length 4 | original length 4 | (modified pcap: 8 more) | data
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private DecodeStatus DecodeRecord(PcapInterface source, ReadOnlySpan<byte> available, out PcapPacket packet, out int size)
    {
        packet = default;
        int header = _recordHeaderBytes;
        if (available.Length < header)
        {
            return NeedMore(header, out size);
        }

        bool swapped = _swapped;
        uint captured = ByteOrder.ReadUInt32(available[8..], swapped);
        if (captured > _maxPacketBytes)
        {
            return Fail(PcapError.PacketTooLarge, out size);
        }

        int record = header + (int)captured;
        if (available.Length < record)
        {
            return NeedMore(record, out size);
        }

        long seconds = ByteOrder.ReadUInt32(available, swapped);
        long fraction = (long)ByteOrder.ReadUInt32(available[4..], swapped) * _nanosecondsPerFraction;
        packet = new PcapPacket(
            source,
            available.Slice(header, (int)captured),
            new Timestamp(seconds * NanosecondsPerSecond + fraction),
            ByteOrder.ReadUInt32(available[12..], swapped),
            NextOffset);
        Counters.Packets++;
        Counters.PacketBytes += captured;
        return Consume(record, DecodeStatus.Delivered, out size);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private DecodeStatus Consume(int bytes, DecodeStatus status, out int size)
    {
        size = bytes;
        Offset = NextOffset;
        NextOffset += bytes;
        return status;
    }

    private static DecodeStatus NeedMore(int bytes, out int size)
    {
        size = bytes;
        return DecodeStatus.NeedMore;
    }

    private DecodeStatus Fail(PcapError error, out int size)
    {
        // The first damage is the one to report: what follows it is its consequence.
        if (Error == PcapError.None)
        {
            Error = error;
            Offset = NextOffset;
        }

        size = 0;
        return DecodeStatus.Failed;
    }
}
