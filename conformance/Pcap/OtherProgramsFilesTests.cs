using System.IO.Compression;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.PcapTests;

/// <summary>Files of scapy, tcpdump, editcap, mergecap and dumpcap mean what tshark says they mean.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class OtherProgramsFilesTests
{
    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public void Every_packet_is_read_as_tshark_reads_it(string name)
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf(name));
        var packets = new List<ReadPacket>();
        while (reader.TryRead(out PcapPacket packet))
        {
            packets.Add(ReadPacket.Of(packet));
            Assert.Equal(LinkType.Ethernet, packet.LinkType);
            Assert.Same(packet.Interface, reader.Interfaces[packet.InterfaceId]);
        }

        Assert.Equal(PcapError.None, reader.Error);
        Assert.Equal(CaptureFiles.Expected(name), packets);
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public void A_stream_that_gives_single_bytes_and_cannot_seek_gives_the_same_packets(string name)
    {
        ReadingResult result = CaptureFiles.Read(new DribbleStream(CaptureFiles.Bytes(name)), new PcapReaderOptions { BufferBytes = 1024 });

        Assert.Equal(PcapError.None, result.Error);
        Assert.Equal(CaptureFiles.Expected(name), result.Packets);
    }

    [Theory]
    [InlineData("usec-le.pcap", PcapFormat.PcapMicroseconds, 6)]
    [InlineData("usec-be.pcap", PcapFormat.PcapMicroseconds, 6)]
    [InlineData("nsec-le.pcap", PcapFormat.PcapNanoseconds, 9)]
    [InlineData("nsec-be.pcap", PcapFormat.PcapNanoseconds, 9)]
    [InlineData("editcap-modified.pcap", PcapFormat.PcapMicroseconds, 6)]
    public void The_header_of_pcap_tells_format_and_unit_before_the_first_packet(string name, PcapFormat format, int exponent)
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf(name));

        Assert.True(reader.TryReadHeader());
        Assert.Equal(format, reader.Format);
        PcapInterface only = Assert.Single(reader.Interfaces);
        Assert.Equal(PcapTimestampResolution.PowerOfTen(exponent), only.TimestampResolution);
        Assert.Equal(LinkType.Ethernet, only.LinkType);
        Assert.Null(only.Name);
    }

    [Theory]
    [InlineData("handmade-le.pcapng")]
    [InlineData("handmade-be.pcapng")]
    public void Options_of_a_packet_are_read_in_either_byte_order(string name)
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf(name));

        Assert.True(reader.TryRead(out PcapPacket packet));
        Assert.Equal("größer als ASCII", packet.GetComment());
        Assert.Equal(0x0001_0085u, packet.Flags.Value);
        Assert.Equal(PcapDirection.Inbound, packet.Flags.Direction);
        Assert.Equal(PcapReception.Unicast, packet.Flags.Reception);
        Assert.Equal(4, packet.Flags.FcsBytes);
        Assert.Equal(1, packet.Flags.LinkErrors);
        Assert.Equal(3ul, UInt64(packet, PcapngOptionCode.PacketDropCount));
        Assert.Equal(0x0102_0304_0506_0708ul, UInt64(packet, PcapngOptionCode.PacketId));
        Assert.True(packet.Options.TryFind(PcapngOptionCode.PacketQueue, out PcapngOption queue) && queue.TryGetUInt32(out uint number) && number == 7);
        Assert.True(packet.Options.TryFind(PcapngOptionCode.PacketVerdict, out PcapngOption verdict) && verdict.Value.Length == 9 && verdict.Value[0] == 1);
        Assert.True(packet.Options.TryFind(0x7ABC, out PcapngOption unknown) && unknown.Value.SequenceEqual("unknown"u8));
    }

    [Theory]
    [InlineData("handmade-le.pcapng")]
    [InlineData("handmade-be.pcapng")]
    public void Interfaces_tell_names_units_offsets_snap_length_and_fcs(string name)
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf(name));
        while (reader.TryRead(out _))
        {
        }

        Assert.Equal(["nano0", "milli1", "binary2", "offset3", null], reader.Interfaces.Select(source => source.Name));
        Assert.Equal(
            ["10^-9 s", "10^-3 s", "2^-10 s", "10^-6 s", "10^-6 s"], reader.Interfaces.Select(source => source.TimestampResolution.ToString()));
        Assert.Equal([4, 0, 0, 0, 0], reader.Interfaces.Select(source => source.FcsBytes));
        Assert.Equal([0, 0, 0, 1_700_000_000, 0], reader.Interfaces.Select(source => source.TimestampOffsetSeconds));
        Assert.Equal([0, 0, 0, 0, 60], reader.Interfaces.Select(source => source.SnapLength));
    }

    [Theory]
    [InlineData("handmade-le.pcapng")]
    [InlineData("handmade-be.pcapng")]
    public void Names_and_statistics_are_read_in_either_byte_order(string name)
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf(name));
        var found = new List<string>();
        while (reader.TryReadBlock(out PcapngBlock block))
        {
            if (PcapngNames.TryParse(block, out PcapngNames names))
            {
                foreach (PcapngName record in names)
                {
                    found.Add($"{record.Type} {Convert.ToHexString(record.Address)} {string.Join(',', record.GetNames())}");
                }

                Assert.True(names.Options.TryFind(2, out PcapngOption server));
                Assert.Equal("resolver", server.GetText());
            }

            if (PcapInterfaceStatistics.TryParse(block, out PcapInterfaceStatistics statistics))
            {
                Assert.Equal("nano0", block.Interface?.Name);
                Assert.Equal(
                    new PcapInterfaceStatistics { Timestamp = new Timestamp(1_700_000_000_000_000_000), Received = 1000, Dropped = 4 }, statistics);
                found.Add("statistics");
            }
        }

        Assert.Equal(["IPv4 0A000001 client,first", "IPv6 20010000000000000000000000000009 six", "statistics"], found);
        Assert.Equal(4, reader.Counters.OtherBlocks);
    }

    [Fact]
    public void A_live_capture_of_dumpcap_has_hardware_device_and_final_counters()
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf("dumpcap.pcapng"));

        Assert.True(reader.TryReadBlock(out PcapngBlock section));
        Assert.Equal(PcapngBlockType.SectionHeader, section.Type);
        Assert.True(section.Options.TryFind(PcapngOptionCode.SectionApplication, out PcapngOption application));
        Assert.StartsWith("Dumpcap", application.GetText(), StringComparison.Ordinal);
        PcapInterfaceStatistics last = default;
        while (reader.TryReadBlock(out PcapngBlock block))
        {
            if (PcapInterfaceStatistics.TryParse(block, out PcapInterfaceStatistics statistics))
            {
                last = statistics;
                Assert.Equal("lo", block.Interface?.Name);
            }
        }

        Assert.NotNull(last.Start);
        Assert.True(last.Start < last.End);
        Assert.True(last.Received >= 4);
        Assert.Equal(0ul, last.Dropped);
    }

    [Fact]
    public void Secrets_that_editcap_injected_are_found_before_the_packets()
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf("editcap-secrets.pcapng"));
        string? keys = null;
        while (keys is null && reader.TryReadBlock(out PcapngBlock block))
        {
            Assert.False(block.IsPacket);
            if (PcapngSecrets.TryParse(block, out PcapngSecrets secrets))
            {
                Assert.Equal(PcapngSecrets.TlsKeyLog, secrets.Type);
                keys = System.Text.Encoding.ASCII.GetString(secrets.Data);
            }
        }

        Assert.StartsWith("CLIENT_RANDOM 0101", keys, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_section_has_its_own_byte_order_and_interfaces()
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf("sections.pcapng"));
        var seen = new List<(int Section, string? Name, bool BigEndian)>();
        while (reader.TryReadBlock(out PcapngBlock block))
        {
            if (block.TryGetPacket(out PcapPacket packet))
            {
                seen.Add((packet.Interface.Section, packet.Interface.Name, block.IsBigEndian));
            }
        }

        Assert.Equal([(0, "tiny0", false), (1, "tiny1", true), (2, "tiny2", false)], seen);
        Assert.Equal(3, reader.Counters.Sections);
        Assert.Single(reader.Interfaces);
    }

    [Fact]
    public void Packets_and_blocks_may_be_asked_for_in_turn()
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf("handmade-le.pcapng"));
        var seen = new List<PcapngBlockType>();
        while (reader.TryRead(out PcapPacket packet) && reader.TryReadBlock(out PcapngBlock block))
        {
            Assert.True(packet.Offset < block.Offset);
            seen.Add(block.Type);
        }

        Assert.Equal([PcapngBlockType.EnhancedPacket, PcapngBlockType.NameResolution, PcapngBlockType.ObsoletePacket, PcapngBlockType.InterfaceStatistics], seen);
    }

    [Fact]
    public void A_compressed_file_is_read_through_its_decompressor()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(CaptureFiles.Bytes("editcap.pcapng"));
        }

        Assert.Equal(PcapError.Compressed, CaptureFiles.Read(packed.ToArray()).Error);
        packed.Position = 0;
        Assert.Equal(CaptureFiles.Expected("editcap.pcapng"), CaptureFiles.Read(new GZipStream(packed, CompressionMode.Decompress)).Packets);
    }

    private static ulong UInt64(PcapPacket packet, ushort code) =>
        packet.Options.TryFind(code, out PcapngOption option) && option.TryGetUInt64(out ulong value) ? value : 0;
}
