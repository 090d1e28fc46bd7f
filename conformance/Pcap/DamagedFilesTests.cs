using System.Buffers.Binary;
using System.IO.Pipelines;
using Weft.Conformance.Support;
using Weft.Pcap;

namespace Weft.Conformance.PcapTests;

/// <summary>Whatever a file contains, reading ends, does not throw, and says where the damage begins.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class DamagedFilesTests
{
    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public void A_file_cut_at_any_length_gives_every_whole_packet_and_the_offset_of_the_cut_record(string name)
    {
        byte[] file = CaptureFiles.Bytes(name);
        List<ReadPacket> whole = CaptureFiles.Expected(name);
        List<(long End, int Packets)> borders = Borders(file);
        for (int length = 0; length < file.Length; length++)
        {
            ReadingResult result = CaptureFiles.Read(file[..length]);

            (long end, int packets) = borders.LastOrDefault(border => border.End <= length);
            Assert.Equal(whole.Take(packets), result.Packets);
            bool atBorder = end == length && length > 0;
            Assert.Equal((length, atBorder ? PcapError.None : PcapError.Truncated, atBorder ? -1 : end), (length, result.Error, result.Offset));
        }
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public async Task Any_flipped_bit_ends_the_same_way_from_file_and_pipe(string name)
    {
        byte[] file = CaptureFiles.Bytes(name);
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            byte[] damaged = [.. file];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));

            ReadingResult fromFile = CaptureFiles.Read(damaged);
            ReadingResult fromPipe = await CaptureFiles.ReadAsync(PipeReader.Create(Segments.Cut(damaged, 1 + (bit * 7 % (file.Length - 1)))));

            Assert.True(fromFile.SameAs(fromPipe), $"bit {bit}: {fromFile} and {fromPipe}");
            Assert.InRange(fromFile.Offset, -1, file.Length);
            WalkAllBlocks(damaged);
        }
    }

    [Fact]
    public void Random_bytes_behind_a_true_header_end_the_reading()
    {
        var random = new Random(20);
        foreach (string name in CaptureFiles.Names)
        {
            for (int round = 0; round < 300; round++)
            {
                byte[] file = CaptureFiles.Bytes(name);
                random.NextBytes(file.AsSpan(Math.Min(28 + round, file.Length)));
                CaptureFiles.Read(file);
                WalkAllBlocks(file);
            }
        }
    }

    [Fact]
    public void Random_bytes_alone_are_no_capture()
    {
        var random = new Random(21);
        byte[] file = new byte[64];
        for (int round = 0; round < 1000; round++)
        {
            random.NextBytes(file);
            ReadingResult result = CaptureFiles.Read(file);
            Assert.Equal((0, PcapError.UnknownFormat, 0L), (result.Packets.Count, result.Error, result.Offset));
        }
    }

    [Theory]
    [InlineData("1F8B0800")]
    [InlineData("28B52FFD")]
    [InlineData("04224D18")]
    [InlineData("FD377A58")]
    [InlineData("425A6839")]
    public void A_compressed_file_is_called_compressed(string magic)
    {
        ReadingResult result = CaptureFiles.Read(Convert.FromHexString(magic + "0000000000000000"));

        Assert.Equal(PcapError.Compressed, result.Error);
        Assert.Contains("decompress", result.Error.Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usec-le.pcap", 4, "0300", PcapError.UnsupportedVersion, 0)] // major version 3
    [InlineData("usec-le.pcap", 32, "FFFFFFFF", PcapError.PacketTooLarge, 24)] // captured length of the first packet
    [InlineData("usec-be.pcap", 32, "00040001", PcapError.PacketTooLarge, 24)] // one byte more than 256 KiB
    [InlineData("usec-le.pcap", 32, "00000400", PcapError.Truncated, 24)] // 256 KiB exactly are believed, and are not there
    [InlineData("scapy.pcapng", 8, "4D3C2B1B", PcapError.InvalidByteOrderMagic, 0)]
    [InlineData("scapy.pcapng", 12, "0200", PcapError.UnsupportedVersion, 0)]
    [InlineData("scapy.pcapng", 4, "18000000", PcapError.InvalidBlockLength, 0)] // shorter than a section header
    [InlineData("scapy.pcapng", 4, "1D000000", PcapError.InvalidBlockLength, 0)] // no multiple of four
    [InlineData("scapy.pcapng", 24, "20000000", PcapError.BlockLengthMismatch, 0)]
    [InlineData("scapy.pcapng", 4, "04000001", PcapError.BlockTooLarge, 0)] // four bytes more than 16 MiB
    [InlineData("scapy.pcapng", 4, "00000001", PcapError.Truncated, 0)] // 16 MiB exactly
    public void A_lie_is_reported_at_the_record_that_tells_it(string name, int at, string bytes, PcapError error, long offset)
    {
        byte[] file = CaptureFiles.Bytes(name);
        Convert.FromHexString(bytes).CopyTo(file, at);

        ReadingResult result = CaptureFiles.Read(file);

        Assert.Equal((error, offset), (result.Error, result.Offset));
    }

    [Theory]
    [InlineData(8, 1u, PcapError.UnknownInterface)] // the only interface is number 0
    [InlineData(20, 45u, PcapError.PacketExceedsBlock)] // captured length; the first packet has 42 bytes and 2 of padding
    public void A_packet_that_contradicts_its_section_is_reported(int field, uint value, PcapError error)
    {
        byte[] file = CaptureFiles.Bytes("scapy.pcapng");
        long first = FirstPacket(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan((int)first + field), value);

        ReadingResult result = CaptureFiles.Read(file);

        Assert.Empty(result.Packets);
        Assert.Equal((error, first), (result.Error, result.Offset));
    }

    [Fact]
    public void Damage_is_final_and_the_first_damage_is_the_one_reported()
    {
        byte[] file = CaptureFiles.Bytes("usec-le.pcap");
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(32), uint.MaxValue);
        using var reader = new PcapReader(new MemoryStream(file));
        for (int i = 0; i < 3; i++)
        {
            Assert.False(reader.TryRead(out _));
            Assert.False(reader.TryReadBlock(out _));
            Assert.Equal((PcapError.PacketTooLarge, 24L), (reader.Error, reader.Offset));
        }
    }

    [Fact]
    public void Blocks_of_a_pcap_file_are_refused_in_words()
    {
        using var reader = PcapReader.Open(CaptureFiles.PathOf("usec-le.pcap"));

        Assert.False(reader.TryReadBlock(out _));
        Assert.Equal(PcapError.NotPcapng, reader.Error);
    }

    [Fact]
    public void A_section_may_not_describe_interfaces_without_end()
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, leaveOpen: true))
        {
            for (int i = 0; i < 5; i++)
            {
                writer.AddInterface(new PcapngInterfaceOptions());
            }
        }

        Assert.Equal(PcapError.TooManyInterfaces, CaptureFiles.Read(file.ToArray(), new PcapReaderOptions { MaxInterfaces = 4 }).Error);
        Assert.Equal(PcapError.None, CaptureFiles.Read(file.ToArray(), new PcapReaderOptions { MaxInterfaces = 5 }).Error);
    }

    [Fact]
    public async Task A_block_that_claims_a_gibibyte_costs_no_more_memory_than_it_has_bytes()
    {
        byte[] file = CaptureFiles.Bytes("handmade-le.pcapng");
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(4), 1 << 30);
        var options = new PcapReaderOptions { MaxBlockBytes = 1 << 30, BufferBytes = 1024 };

        long bytes = Allocations.Of(() => CaptureFiles.Read(file, options));
        ReadingResult fromPipe = await CaptureFiles.ReadAsync(PipeReader.Create(Segments.Cut(file, 20)), options);

        Assert.Equal(PcapError.Truncated, fromPipe.Error);
        Assert.InRange(bytes, 0, 64 * 1024);
    }

    [Theory]
    [InlineData(PcapFormat.PcapNanoseconds, false)]
    [InlineData(PcapFormat.Pcapng, false)]
    [InlineData(PcapFormat.Pcapng, true)]
    public void A_packet_beyond_the_callers_bound_is_refused_and_one_at_the_bound_is_not(PcapFormat format, bool simple)
    {
        Assert.Equal(PcapError.None, CaptureFiles.Read(OnePacket(format, simple, 64), new PcapReaderOptions { MaxPacketBytes = 64 }).Error);
        Assert.Equal(PcapError.PacketTooLarge, CaptureFiles.Read(OnePacket(format, simple, 65), new PcapReaderOptions { MaxPacketBytes = 64 }).Error);
    }

    [Fact]
    public void An_option_of_an_interface_that_runs_past_its_block_is_reported()
    {
        byte[] file = CaptureFiles.Bytes("handmade-le.pcapng");
        using var reader = new PcapReader(new MemoryStream(file));
        Assert.True(reader.TryReadBlock(out _));
        Assert.True(reader.TryReadBlock(out PcapngBlock description));
        long offset = description.Offset;
        file[offset + 18] = 0xFF; // length of if_name

        ReadingResult result = CaptureFiles.Read(file);

        Assert.Equal((PcapError.MalformedOptions, offset), (result.Error, result.Offset));
    }

    [Fact]
    public void Every_error_has_words_of_its_own()
    {
        string[] words = [.. Enum.GetValues<PcapError>().Select(error => error.Describe())];

        Assert.Equal(words.Length, words.Distinct().Count());
        Assert.DoesNotContain(words, text => Enum.TryParse<PcapError>(text, out _));
    }

    [Fact]
    public void A_missing_file_is_the_file_systems_exception()
    {
        Assert.Throws<FileNotFoundException>(() => PcapReader.Open(Path.Combine(Path.GetTempPath(), "weft-no-such-file.pcap")));
    }

    [Fact]
    public void Options_of_a_reader_are_held_to_their_ranges()
    {
        foreach (PcapReaderOptions wrong in (PcapReaderOptions[])[new() { BufferBytes = 1023 }, new() { MaxPacketBytes = 63 }, new() { MaxBlockBytes = 0 }, new() { MaxInterfaces = 0 }])
        {
            ArgumentOutOfRangeException refused = Assert.Throws<ArgumentOutOfRangeException>(() => new PcapReader(Stream.Null, wrong));
            Assert.Contains("must be from", refused.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] OnePacket(PcapFormat format, bool simple, int bytes)
    {
        var file = new MemoryStream();
        if (format != PcapFormat.Pcapng)
        {
            using var pcap = new PcapWriter(file);
            pcap.WritePacket(default, new byte[bytes]);
            pcap.Flush();
            return file.ToArray();
        }

        using var pcapng = new PcapngWriter(file);
        pcapng.AddInterface(new PcapngInterfaceOptions());
        if (simple)
        {
            pcapng.WriteSimplePacket(new byte[bytes]);
        }
        else
        {
            pcapng.WritePacket(0, default, new byte[bytes]);
        }

        pcapng.Flush();
        return file.ToArray();
    }

    /// <summary>Where records end, the file header being one, and how many packets there are up to there.</summary>
    private static List<(long End, int Packets)> Borders(byte[] file)
    {
        var borders = new List<(long, int)>();
        using var reader = new PcapReader(new MemoryStream(file));
        Assert.True(reader.TryReadHeader());
        int packets = 0;
        if (reader.Format == PcapFormat.Pcapng)
        {
            while (reader.TryReadBlock(out PcapngBlock block))
            {
                packets += block.IsPacket ? 1 : 0;
                borders.Add((block.Offset + block.Raw.Length, packets));
            }

            return borders;
        }

        borders.Add((24, 0));
        int header = BinaryPrimitives.ReadUInt32LittleEndian(file) == 0xA1B2_CD34 ? 24 : 16;
        while (reader.TryRead(out PcapPacket packet))
        {
            borders.Add((packet.Offset + header + packet.Data.Length, ++packets));
        }

        return borders;
    }

    private static long FirstPacket(byte[] file)
    {
        using var reader = new PcapReader(new MemoryStream(file));
        Assert.True(reader.TryRead(out PcapPacket packet));
        return packet.Offset;
    }

    private static void WalkAllBlocks(byte[] file)
    {
        using var reader = new PcapReader(new MemoryStream(file));
        while (reader.TryReadBlock(out PcapngBlock block))
        {
            foreach (PcapngOption option in block.Options)
            {
                _ = option.GetText();
            }

            if (PcapngNames.TryParse(block, out PcapngNames names))
            {
                foreach (PcapngName name in names)
                {
                    _ = name.GetNames();
                }

                _ = names.Options.TryFind(1, out _);
            }

            _ = PcapngSecrets.TryParse(block, out _);
            _ = PcapInterfaceStatistics.TryParse(block, out _);
        }
    }
}
