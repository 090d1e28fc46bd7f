using System.Text;
using Weft.Packets;

namespace Weft.Pcap;

/// <content>Everything but packets.</content>
public sealed partial class PcapngWriter
{
    private const int MinSectionHeaderBytes = 28;
    private const ulong UnknownSectionLength = ulong.MaxValue;

    /// <summary>
    /// Copies a block as it is, unknown blocks and options included. A section header begins a new section, whose byte order
    /// and interfaces hold from then on; its length becomes "unknown", because blocks may be added or left out.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The block is of the other byte order than the present section, or about an interface that was not copied:
    /// copy section headers and interface descriptions too.
    /// </exception>
    public void WriteBlock(in PcapngBlock block)
    {
        if (block.Raw.IsEmpty)
        {
            throw new ArgumentException("The block must come from a reader.", nameof(block));
        }

        if (block.Type == PcapngBlockType.SectionHeader)
        {
            _swapped = block.Swapped;
            _interfaces.Clear();
            _inSection = true;
        }
        else
        {
            EnsureSection();
            if (block.Swapped != _swapped)
            {
                throw new ArgumentException("The block's byte order is not that of the section; copy its section header first.", nameof(block));
            }
        }

        if (block.Type == PcapngBlockType.InterfaceDescription && block.Interface is { } source)
        {
            _interfaces.Add(new WrittenInterface(source.SnapLength, source.TimestampResolution, source.TimestampOffsetSeconds));
        }
        else if (block.Interface is { } referred && referred.Id >= _interfaces.Count)
        {
            throw new ArgumentException("The block is about an interface that was not described; copy interface descriptions too.", nameof(block));
        }

        Span<byte> copy = _sink.Reserve(block.Raw.Length);
        block.Raw.CopyTo(copy);
        if (block.Type == PcapngBlockType.SectionHeader)
        {
            ByteOrder.Write(copy[16..], UnknownSectionLength, _swapped);
        }

        _sink.Commit(block.Raw.Length);
        Packets += block.IsPacket ? 1 : 0;
    }

    /// <summary>Appends a block of a type that this package does not write itself, such as a Custom Block.</summary>
    /// <param name="type">Any type but those of sections, interfaces and packets, which the writer must know of.</param>
    /// <param name="body">The body in the section's byte order; it is padded to four octets.</param>
    /// <exception cref="ArgumentException">The type is one that the writer must know of.</exception>
    public void WriteBlock(PcapngBlockType type, ReadOnlySpan<byte> body)
    {
        if (type is PcapngBlockType.SectionHeader or PcapngBlockType.InterfaceDescription or PcapngBlockType.InterfaceStatistics
            or PcapngBlockType.EnhancedPacket or PcapngBlockType.SimplePacket or PcapngBlockType.ObsoletePacket)
        {
            throw new ArgumentException("Sections, interfaces, statistics and packets are written by their own methods.", nameof(type));
        }

        PcapWriteLimits.Check(body.Length, 0, PcapWriteLimits.MaxPacketBytes, nameof(body));
        EnsureSection();
        int padded = OptionEncoder.Padded(body.Length);
        int total = PcapngBlock.HeaderBytes + padded + PcapngBlock.TrailerBytes;
        Span<byte> block = Begin(type, total);
        body.CopyTo(block[PcapngBlock.HeaderBytes..]);
        block.Slice(PcapngBlock.HeaderBytes + body.Length, padded - body.Length).Clear();
        End(block, total);
    }

    /// <summary>Appends what an interface counted, as an Interface Statistics Block.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such interface, or a time is older than its offset.</exception>
    public void WriteStatistics(int interfaceId, in PcapInterfaceStatistics statistics)
    {
        const int FixedBytes = 20;
        const int MaxOptionBytes = 7 * 12 + OptionEncoder.EndBytes;
        WrittenInterface source = Interface(interfaceId);
        Span<byte> options = stackalloc byte[MaxOptionBytes];
        var encoder = new OptionEncoder(options, _swapped);
        if (statistics.Start is { } start)
        {
            encoder.Units(PcapngOptionCode.StatisticsStart, source.ToUnits(start));
        }

        if (statistics.End is { } end)
        {
            encoder.Units(PcapngOptionCode.StatisticsEnd, source.ToUnits(end));
        }

        Count(ref encoder, PcapngOptionCode.StatisticsReceived, statistics.Received);
        Count(ref encoder, PcapngOptionCode.StatisticsDropped, statistics.Dropped);
        Count(ref encoder, PcapngOptionCode.StatisticsFilterAccepted, statistics.FilterAccepted);
        Count(ref encoder, PcapngOptionCode.StatisticsOsDropped, statistics.OsDropped);
        Count(ref encoder, PcapngOptionCode.StatisticsDelivered, statistics.Delivered);
        encoder.End();

        ulong units = source.ToUnits(statistics.Timestamp);
        int total = FixedBytes + encoder.Used + PcapngBlock.TrailerBytes;
        Span<byte> block = Begin(PcapngBlockType.InterfaceStatistics, total);
        ByteOrder.Write(block[8..], (uint)interfaceId, _swapped);
        ByteOrder.Write(block[12..], (uint)(units >> 32), _swapped);
        ByteOrder.Write(block[16..], (uint)units, _swapped);
        options[..encoder.Used].CopyTo(block[FixedBytes..]);
        End(block, total);
    }

    /// <summary>Appends the name of an IPv4 address, as a Name Resolution Block of one record.</summary>
    /// <exception cref="ArgumentException">The name is empty, too long (65,530 bytes of UTF-8) or contains a zero.</exception>
    public void WriteName(IPv4Address address, string name)
    {
        Span<byte> bytes = stackalloc byte[IPv4Address.Length];
        address.Write(bytes);
        WriteName(PcapngNameType.IPv4, bytes, name);
    }

    /// <summary>Appends the name of an IPv6 address, as a Name Resolution Block of one record.</summary>
    /// <exception cref="ArgumentException">The name is empty, too long (65,518 bytes of UTF-8) or contains a zero.</exception>
    public void WriteName(IPv6Address address, string name)
    {
        Span<byte> bytes = stackalloc byte[IPv6Address.Length];
        address.Write(bytes);
        WriteName(PcapngNameType.IPv6, bytes, name);
    }

    /// <summary>Appends secrets that decrypt packets behind them, as a Decryption Secrets Block.</summary>
    /// <param name="type">What they are, such as <see cref="PcapngSecrets.TlsKeyLog"/>.</param>
    /// <param name="data">The secrets in that type's format.</param>
    public void WriteSecrets(uint type, ReadOnlySpan<byte> data)
    {
        const int FixedBytes = 16;
        PcapWriteLimits.Check(data.Length, 0, PcapWriteLimits.MaxPacketBytes, nameof(data));
        EnsureSection();
        int padded = OptionEncoder.Padded(data.Length);
        int total = FixedBytes + padded + PcapngBlock.TrailerBytes;
        Span<byte> block = Begin(PcapngBlockType.DecryptionSecrets, total);
        ByteOrder.Write(block[8..], type, _swapped);
        ByteOrder.Write(block[12..], (uint)data.Length, _swapped);
        data.CopyTo(block[FixedBytes..]);
        block.Slice(FixedBytes + data.Length, padded - data.Length).Clear();
        End(block, total);
    }

    private void WriteName(PcapngNameType type, ReadOnlySpan<byte> address, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(name) > ushort.MaxValue - address.Length - 1)
        {
            throw new ArgumentException($"A name must have at most {ushort.MaxValue - address.Length - 1} bytes of UTF-8 and no zero.", nameof(name));
        }

        EnsureSection();
        byte[] record = [.. address, .. Encoding.UTF8.GetBytes(name), 0];
        int body = OptionEncoder.Measure(record.Length) + OptionEncoder.EndBytes;
        int total = PcapngBlock.HeaderBytes + body + PcapngBlock.TrailerBytes;
        Span<byte> block = Begin(PcapngBlockType.NameResolution, total);
        var encoder = new OptionEncoder(block[PcapngBlock.HeaderBytes..], _swapped);
        encoder.Bytes((ushort)type, record);
        encoder.End();
        End(block, total);
    }

    private void EnsureSection()
    {
        if (_inSection)
        {
            return;
        }

        _inSection = true;
        _swapped = _options.BigEndian == BitConverter.IsLittleEndian;
        int optionBytes = OptionEncoder.Measure(_options.Comment) + OptionEncoder.Measure(_options.Hardware)
            + OptionEncoder.Measure(_options.Os) + OptionEncoder.Measure(_options.Application) + OptionEncoder.EndBytes;
        int total = MinSectionHeaderBytes + optionBytes;
        Span<byte> block = Begin(PcapngBlockType.SectionHeader, total);
        ByteOrder.Write(block[8..], PcapMagic.ByteOrder, _swapped);
        ByteOrder.Write(block[12..], (ushort)1, _swapped);
        ByteOrder.Write(block[14..], (ushort)0, _swapped);
        ByteOrder.Write(block[16..], UnknownSectionLength, _swapped);
        var encoder = new OptionEncoder(block[24..], _swapped);
        encoder.Text(PcapngOptionCode.Comment, _options.Comment);
        encoder.Text(PcapngOptionCode.SectionHardware, _options.Hardware);
        encoder.Text(PcapngOptionCode.SectionOs, _options.Os);
        encoder.Text(PcapngOptionCode.SectionApplication, _options.Application);
        encoder.End();
        End(block, total);
    }

    private void WriteInterface(PcapngInterfaceOptions options)
    {
        const int FixedBytes = 16;
        const int FixedOptionBytes = 12 + 12 + 8 + 12 + 8 + OptionEncoder.EndBytes;
        int optionBytes = OptionEncoder.Measure(options.Name) + OptionEncoder.Measure(options.Description) + OptionEncoder.Measure(options.Os);
        Span<byte> block = _sink.Reserve(FixedBytes + optionBytes + FixedOptionBytes + PcapngBlock.TrailerBytes);
        var encoder = new OptionEncoder(block[FixedBytes..], _swapped);
        encoder.Text(PcapngOptionCode.InterfaceName, options.Name);
        encoder.Text(PcapngOptionCode.InterfaceDescription, options.Description);
        if (options.MacAddress is { } mac)
        {
            Span<byte> bytes = stackalloc byte[MacAddress.Length];
            mac.Write(bytes);
            encoder.Bytes(PcapngOptionCode.InterfaceMacAddress, bytes);
        }

        Count(ref encoder, PcapngOptionCode.InterfaceSpeed, options.SpeedBitsPerSecond);
        encoder.Bytes(PcapngOptionCode.InterfaceTimestampResolution, [options.TimestampResolution.Code]);
        encoder.Text(PcapngOptionCode.InterfaceOs, options.Os);
        if (options.FcsBytes > 0)
        {
            encoder.Bytes(PcapngOptionCode.InterfaceFcsLength, [(byte)options.FcsBytes]);
        }

        if (options.TimestampOffsetSeconds != 0)
        {
            encoder.UInt64(PcapngOptionCode.InterfaceTimestampOffset, (ulong)options.TimestampOffsetSeconds);
        }

        encoder.End();
        int total = FixedBytes + encoder.Used + PcapngBlock.TrailerBytes;
        Begin(PcapngBlockType.InterfaceDescription, total);
        ByteOrder.Write(block[8..], (ushort)options.LinkType, _swapped);
        ByteOrder.Write(block[10..], (ushort)0, _swapped);
        ByteOrder.Write(block[12..], (uint)options.SnapLength, _swapped);
        End(block, total);
    }

    private static int Measure(in PcapPacketOptions options)
    {
        int bytes = OptionEncoder.Measure(options.Comment)
            + (options.Flags.Value != 0 ? 8 : 0)
            + (options.DropCount.HasValue ? 12 : 0)
            + (options.PacketId.HasValue ? 12 : 0)
            + (options.Queue.HasValue ? 8 : 0);
        if (!options.Verdict.IsEmpty)
        {
            PcapWriteLimits.Check(options.Verdict.Length, 1, ushort.MaxValue, nameof(options.Verdict));
            bytes += OptionEncoder.Measure(options.Verdict.Length);
        }

        return bytes == 0 ? 0 : bytes + OptionEncoder.EndBytes;
    }

    private void Encode(in PcapPacketOptions options, Span<byte> target)
    {
        var encoder = new OptionEncoder(target, _swapped);
        encoder.Text(PcapngOptionCode.Comment, options.Comment);
        if (options.Flags.Value != 0)
        {
            encoder.UInt32(PcapngOptionCode.PacketFlags, options.Flags.Value);
        }

        Count(ref encoder, PcapngOptionCode.PacketDropCount, options.DropCount);
        Count(ref encoder, PcapngOptionCode.PacketId, options.PacketId);
        if (options.Queue is { } queue)
        {
            encoder.UInt32(PcapngOptionCode.PacketQueue, queue);
        }

        if (!options.Verdict.IsEmpty)
        {
            encoder.Bytes(PcapngOptionCode.PacketVerdict, options.Verdict);
        }

        encoder.End();
    }

    private static void Count(ref OptionEncoder encoder, ushort code, ulong? value)
    {
        if (value is { } count)
        {
            encoder.UInt64(code, count);
        }
    }
}
