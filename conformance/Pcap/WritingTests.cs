using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.PcapTests;

/// <summary>What is written is what the formats ask for, and comes back as it went in.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class WritingTests
{
    private static readonly Timestamp Noon = new(1_700_000_000_123_456_789);

    [Theory]
    [InlineData(PcapFormat.PcapMicroseconds, false, "D4C3B2A1020004000000000000000000000004000100000000F1536540E20100030000000900000001020 3")]
    [InlineData(PcapFormat.PcapMicroseconds, true, "A1B2C3D4000200040000000000000000000400000000000165 53F1000001E2400000000300000009010203")]
    [InlineData(PcapFormat.PcapNanoseconds, false, "4D3CB2A1020004000000000000000000000004000100000000F1536515CD5B0703000000 09000000010203")]
    [InlineData(PcapFormat.PcapNanoseconds, true, "A1B23C4D00020004000000000000000000040000000000016553F100075BCD150000000300000009010203")]
    public void A_pcap_file_is_byte_for_byte_that_of_the_draft(PcapFormat format, bool bigEndian, string expected)
    {
        var file = new MemoryStream();
        using (var writer = new PcapWriter(file, new PcapWriterOptions { Format = format, BigEndian = bigEndian }, leaveOpen: true))
        {
            writer.WritePacket(Noon, [1, 2, 3], originalLength: 9);
        }

        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(file.ToArray()));
    }

    [Fact]
    public void Fcs_bits_of_pcap_are_no_part_of_the_link_type()
    {
        var file = new MemoryStream();
        using (new PcapWriter(file, new PcapWriterOptions { FcsBytes = 4, LinkType = LinkType.Ppp }, leaveOpen: true))
        {
        }

        Assert.Equal("09000024", Convert.ToHexString(file.ToArray()[20..])); // two 16-bit words of FCS, P bit, link type 9
        using var reader = new PcapReader(new MemoryStream(file.ToArray()));
        Assert.True(reader.TryReadHeader());
        Assert.Equal((LinkType.Ppp, 4), (reader.Interfaces[0].LinkType, reader.Interfaces[0].FcsBytes));
    }

    [Fact]
    public void Random_pcapng_files_come_back_as_they_went_in()
    {
        Arbitrary<int[]> scripts = Arb.From(
            Gen.Choose(0, int.MaxValue - 1).ArrayOf(),
            script => Enumerable.Range(0, script.Length).Select(left => script.Where((_, at) => at != left).ToArray()));
        Prop.ForAll(scripts, script => ComesBack(script, bigEndian: false) && ComesBack(script, bigEndian: true))
            .Check(Chance.Of(300));
    }

    [Fact]
    public void Random_pcap_files_come_back_as_they_went_in()
    {
        Arbitrary<int[]> scripts = Arb.From(
            Gen.Choose(0, int.MaxValue - 1).ArrayOf(),
            script => Enumerable.Range(0, script.Length).Select(left => script.Where((_, at) => at != left).ToArray()));
        Prop.ForAll(
            scripts,
            script => PcapComesBack(script, new PcapWriterOptions { BigEndian = true, BufferBytes = 1024 })
                && PcapComesBack(script, new PcapWriterOptions { Format = PcapFormat.PcapMicroseconds, SnapLength = 100 }))
            .Check(Chance.Of(300));
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.AllPcapng), MemberType = typeof(CaptureFiles))]
    public void Blocks_that_are_copied_through_stay_as_they_are_unknown_ones_too(string name)
    {
        byte[] file = CaptureFiles.Bytes(name);
        var copy = new MemoryStream();
        using (var reader = new PcapReader(new MemoryStream(file)))
        using (var writer = new PcapngWriter(copy, leaveOpen: true))
        {
            while (reader.TryReadBlock(out PcapngBlock block))
            {
                if (block.Type == PcapngBlockType.SectionHeader)
                {
                    // The length of a section is the one thing that a copy does not keep: it becomes unknown.
                    file.AsSpan((int)block.Offset + 16, 8).Fill(0xFF);
                }

                writer.WriteBlock(block);
            }

            Assert.Equal(reader.Counters.Packets, writer.Packets);
        }

        Assert.Equal(Convert.ToHexString(file), Convert.ToHexString(copy.ToArray()));
    }

    [Fact]
    public void Packets_may_be_added_behind_a_copied_section_in_its_byte_order_and_units()
    {
        var copy = new MemoryStream();
        using (var reader = PcapReader.Open(CaptureFiles.PathOf("handmade-be.pcapng")))
        using (var writer = new PcapngWriter(copy, leaveOpen: true))
        {
            while (reader.TryReadBlock(out PcapngBlock block))
            {
                writer.WriteBlock(block);
            }

            for (int id = 0; id < writer.InterfaceCount; id++)
            {
                writer.WritePacket(id, Noon, [1, 2]);
            }
        }

        ReadingResult result = CaptureFiles.Read(copy.ToArray());

        Assert.Equal(PcapError.None, result.Error);
        long[] times = [Noon.Nanoseconds, 1_700_000_000_123_000_000, 1_700_000_000_123_046_875, 1_700_000_000_123_456_000, 1_700_000_000_123_456_000];
        Assert.Equal(
            [.. CaptureFiles.Expected("handmade-be.pcapng"), .. times.Select((time, id) => new ReadPacket(time, id, 2, null, "0102"))], result.Packets);
    }

    [Theory]
    [InlineData(9, false, 1_700_000_000_123_456_789)]
    [InlineData(6, false, 1_700_000_000_123_456_000)]
    [InlineData(3, false, 1_700_000_000_123_000_000)]
    [InlineData(0, false, 1_700_000_000_000_000_000)]
    [InlineData(10, false, 1_700_000_000_123_456_789)]
    [InlineData(30, true, 1_700_000_000_123_456_788)] // 2^-30 s is a little less than a nanosecond; both ways round down
    [InlineData(10, true, 1_700_000_000_123_046_875)] // 126/1024 s
    public void A_timestamp_keeps_what_the_unit_can_hold(int exponent, bool binary, long expected)
    {
        PcapTimestampResolution unit = binary ? PcapTimestampResolution.PowerOfTwo(exponent) : PcapTimestampResolution.PowerOfTen(exponent);

        Assert.Equal(expected, Assert.Single(RoundTrip(new PcapngInterfaceOptions { TimestampResolution = unit }, Noon)).Time);
    }

    [Fact]
    public void An_offset_is_subtracted_by_the_writer_and_added_by_the_reader()
    {
        var options = new PcapngInterfaceOptions { TimestampOffsetSeconds = 1_699_999_999 };

        Assert.Equal(Noon.Nanoseconds, Assert.Single(RoundTrip(options, Noon)).Time);
    }

    [Fact]
    public void A_packet_is_cut_to_the_snap_length_and_keeps_its_original_length()
    {
        ReadPacket packet = Assert.Single(RoundTrip(new PcapngInterfaceOptions { SnapLength = 2 }, Noon));

        Assert.Equal(("0102", 3u), (packet.Data, packet.OriginalLength));
    }

    [Fact]
    public void A_killed_process_leaves_a_file_that_ends_with_a_whole_record()
    {
        var file = new MemoryStream();
        byte[] data = new byte[100];
        var writer = new PcapngWriter(file, new PcapngWriterOptions { BufferBytes = 1024 });
        writer.AddInterface(new PcapngInterfaceOptions { Name = "eth0" });
        for (int i = 0; i < 1000; i++)
        {
            writer.WritePacket(0, Noon, data);

            // Whatever has reached the file by now is all that a kill would leave.
            if (i % 50 == 0)
            {
                ReadingResult left = CaptureFiles.Read(file.ToArray());
                Assert.Equal(PcapError.None, left.Error);
                Assert.InRange(left.Packets.Count, i - 9, i + 1);
            }
        }

        writer.Dispose();
    }

    [Fact]
    public async Task A_pipe_gets_the_bytes_that_a_stream_gets()
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, leaveOpen: true))
        {
            WriteSome(writer);
        }

        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        using (var writer = new PcapngWriter(pipe.Writer))
        {
            WriteSome(writer);
            Assert.Equal(file.Length, writer.BytesWritten);
            Assert.True(await writer.FlushAsync(TestContext.Current.CancellationToken));
            await pipe.Writer.CompleteAsync();
        }

        var copy = new MemoryStream();
        await pipe.Reader.CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal(file.ToArray(), copy.ToArray());
    }

    [Fact]
    public async Task A_stream_is_flushed_asynchronously_with_all_that_was_written()
    {
        var file = new MemoryStream();
        using var writer = new PcapngWriter(file);
        writer.AddInterface(new PcapngInterfaceOptions());
        writer.WritePacket(0, Noon, [1, 2, 3]);
        Assert.Empty(CaptureFiles.Read(file.ToArray()).Packets);

        Assert.True(await writer.FlushAsync(TestContext.Current.CancellationToken));

        Assert.Equal(writer.BytesWritten, file.Length);
        Assert.Single(CaptureFiles.Read(file.ToArray()).Packets);
    }

    [Fact]
    public async Task A_writer_learns_that_the_reader_of_its_pipe_has_gone()
    {
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();
        using var writer = new PcapWriter(pipe.Writer);
        writer.WritePacket(Noon, [1]);

        Assert.False(await writer.FlushAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Mistakes_of_the_caller_are_refused_with_the_range()
    {
        using var pcap = new PcapWriter(Stream.Null);
        using var writer = new PcapngWriter(Stream.Null);
        Assert.Contains("2106", Assert.Throws<ArgumentOutOfRangeException>(() => pcap.WritePacket(new Timestamp(-1), [])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => pcap.WritePacket(new Timestamp((1L << 32) * 1_000_000_000), []));
        Assert.Throws<ArgumentOutOfRangeException>(() => pcap.WritePacket(Noon, [], originalLength: 1L << 32));
        Assert.Contains("AddInterface", Assert.Throws<ArgumentOutOfRangeException>(() => writer.WritePacket(0, Noon, [])).Message, StringComparison.Ordinal);
        writer.AddInterface(new PcapngInterfaceOptions { SnapLength = 10 });
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WritePacket(-1, Noon, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WritePacket(0, new Timestamp(-1), []));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WritePacket(0, Noon, [], new PcapPacketOptions { Comment = new string('x', 65_536) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteSimplePacket([1, 2], originalLength: 3));
        Assert.Throws<ArgumentException>(() => writer.WriteBlock(PcapngBlockType.EnhancedPacket, []));
        Assert.Throws<ArgumentException>(() => writer.WriteBlock(default));
        Assert.Throws<ArgumentException>(() => writer.WriteName(new IPv4Address(1), "a\0b"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcapWriter(Stream.Null, new PcapWriterOptions { FcsBytes = 3 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcapWriter(Stream.Null, new PcapWriterOptions { Format = PcapFormat.Pcapng }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcapngWriter(Stream.Null, new PcapngWriterOptions { BufferBytes = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => PcapTimestampResolution.PowerOfTen(128));
    }

    [Fact]
    public void A_block_of_the_other_byte_order_needs_its_section_header()
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf("handmade-be.pcapng"));
        Assert.True(reader.TryReadBlock(out _));
        Assert.True(reader.TryReadBlock(out PcapngBlock description));
        using var writer = new PcapngWriter(Stream.Null);

        bool refused = false;
        try
        {
            writer.WriteBlock(description);
        }
        catch (ArgumentException mistake)
        {
            refused = mistake.Message.Contains("section header", StringComparison.Ordinal);
        }

        Assert.True(refused);
    }

    private static List<ReadPacket> RoundTrip(PcapngInterfaceOptions options, Timestamp timestamp)
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, leaveOpen: true))
        {
            writer.WritePacket(writer.AddInterface(options), timestamp, [1, 2, 3]);
        }

        ReadingResult result = CaptureFiles.Read(file.ToArray());
        Assert.Equal(PcapError.None, result.Error);
        return result.Packets;
    }

    private static void WriteSome(PcapngWriter writer)
    {
        writer.AddInterface(new PcapngInterfaceOptions { Name = "eth0", MacAddress = new MacAddress(0x0200_0000_0001), SpeedBitsPerSecond = 10_000_000_000 });
        writer.WritePacket(0, Noon, new byte[5000], new PcapPacketOptions { Comment = "five thousand zeros", Queue = 3 });
        writer.WriteSimplePacket(new byte[61]);
        writer.WriteName(new IPv4Address(0x0A00_0001), "client");
        writer.WriteName(new IPv6Address(1, 2), "client six");
        writer.WriteSecrets(PcapngSecrets.WireGuardKeyLog, [1, 2, 3]);
        writer.WriteBlock((PcapngBlockType)0x7000_0000, [1, 2, 3, 4, 5]);
        writer.WriteStatistics(0, new PcapInterfaceStatistics { Timestamp = Noon, Received = 2, Dropped = 0 });
    }

    /// <summary>A number of the script is one packet: its interface, time, length and options.</summary>
    private static bool ComesBack(int[] script, bool bigEndian)
    {
        var file = new MemoryStream();
        var expected = new List<ReadPacket>();
        var flags = new List<uint>();
        using (var writer = new PcapngWriter(file, new PcapngWriterOptions { BigEndian = bigEndian, BufferBytes = 1024 }, leaveOpen: true))
        {
            writer.AddInterface(new PcapngInterfaceOptions { Name = "a" });
            writer.AddInterface(new PcapngInterfaceOptions { TimestampResolution = PcapTimestampResolution.Microseconds, SnapLength = 64 });
            foreach (int step in script)
            {
                int id = step & 1;
                byte[] data = new byte[step % 1500];
                new Random(step).NextBytes(data);
                long time = 1_600_000_000_000_000_000 + ((long)step * 1_000_003);
                string? comment = step % 3 == 0 ? $"ümlaut {step}" : null;
                uint word = (uint)(step % 5);
                var options = new PcapPacketOptions
                {
                    Comment = comment,
                    Flags = new PcapPacketFlags(word),
                    PacketId = step % 7 == 0 ? (ulong)step : null,
                    DropCount = step % 11 == 0 ? 1 : null,
                    Verdict = step % 4 == 0 ? [1, 0, 0, 0, 0, 0, 0, 0, (byte)step] : default,
                };
                writer.WritePacket(id, new Timestamp(time), data, options);
                byte[] kept = id == 0 ? data : data[..Math.Min(64, data.Length)];
                expected.Add(new ReadPacket(id == 0 ? time : time / 1000 * 1000, id, (uint)data.Length, comment, Convert.ToHexString(kept)));
                flags.Add(word);
            }
        }

        using var reader = new PcapReader(new MemoryStream(file.ToArray()), new PcapReaderOptions { BufferBytes = 1024 });
        var seen = new List<ReadPacket>();
        var seenFlags = new List<uint>();
        while (reader.TryRead(out PcapPacket packet))
        {
            seen.Add(ReadPacket.Of(packet));
            seenFlags.Add(packet.Flags.Value);
        }

        return reader.Error == PcapError.None && expected.SequenceEqual(seen) && flags.SequenceEqual(seenFlags);
    }

    private static bool PcapComesBack(int[] script, PcapWriterOptions options)
    {
        var file = new MemoryStream();
        var expected = new List<ReadPacket>();
        long unit = options.Format == PcapFormat.PcapNanoseconds ? 1 : 1000;
        using (var writer = new PcapWriter(file, options, leaveOpen: true))
        {
            foreach (int step in script)
            {
                byte[] data = new byte[step % 3000];
                new Random(step).NextBytes(data);
                long time = (long)step * 1_000_003;
                writer.WritePacket(new Timestamp(time), data);
                byte[] kept = data[..Math.Min(options.SnapLength, data.Length)];
                expected.Add(new ReadPacket(time / unit * unit, 0, (uint)data.Length, null, Convert.ToHexString(kept)));
            }
        }

        ReadingResult result = CaptureFiles.Read(file.ToArray());
        return result.Error == PcapError.None && expected.SequenceEqual(result.Packets);
    }
}
