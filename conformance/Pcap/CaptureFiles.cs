using System.Globalization;
using System.IO.Pipelines;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.PcapTests;

/// <summary>The captures of other programs in <c>Files</c>, and three ways to read one.</summary>
internal static class CaptureFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Pcap", "Files");

    public static IEnumerable<string> Names =>
        from path in Directory.EnumerateFiles(Folder)
        let name = Path.GetFileName(path)
        where name.EndsWith(".pcap", StringComparison.Ordinal) || name.EndsWith(".pcapng", StringComparison.Ordinal)
        orderby name
        select name;

    /// <summary>Every file, for theories.</summary>
    public static TheoryData<string> All() => [.. Names];

    /// <summary>Every pcapng file, for theories.</summary>
    public static TheoryData<string> AllPcapng() => [.. Names.Where(name => name.EndsWith("ng", StringComparison.Ordinal))];

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>What tshark reads from the file.</summary>
    public static List<ReadPacket> Expected(string name) =>
        [.. File.ReadLines(PathOf(name + ".expected")).Select(ParseLine)];

    /// <summary>A small buffer makes thousands of readings cheap, and its borders fall into records.</summary>
    private static readonly PcapReaderOptions SmallBuffer = new() { BufferBytes = 1024 };

    public static ReadingResult Read(byte[] file, PcapReaderOptions? options = null) => Read(new MemoryStream(file), options);

    public static ReadingResult Read(Stream stream, PcapReaderOptions? options = null)
    {
        using var reader = new PcapReader(stream, options ?? SmallBuffer);
        var packets = new List<ReadPacket>();
        while (reader.TryRead(out PcapPacket packet))
        {
            packets.Add(ReadPacket.Of(packet));
        }

        Assert.Equal(packets.Count, reader.Counters.Packets);
        return new ReadingResult(packets, reader.Error, reader.Error == PcapError.None ? -1 : reader.Offset);
    }

    public static async Task<ReadingResult> ReadAsync(PipeReader pipe, PcapReaderOptions? options = null)
    {
        var reader = new PcapPipeReader(pipe, options ?? SmallBuffer);
        var packets = new List<ReadPacket>();
        while (await reader.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (reader.TryRead(out PcapPacket packet))
            {
                packets.Add(ReadPacket.Of(packet));
            }
        }

        Assert.Equal(packets.Count, reader.Counters.Packets);
        return new ReadingResult(packets, reader.Error, reader.Error == PcapError.None ? -1 : reader.Offset);
    }

    private static ReadPacket ParseLine(string line)
    {
        string[] fields = line.Split('\t');
        long? time = fields[0] == "-" ? null : (long)(decimal.Parse(fields[0], CultureInfo.InvariantCulture) * 1_000_000_000m);
        byte[] data = Convert.FromHexString(fields[5]);
        Assert.Equal(int.Parse(fields[2], CultureInfo.InvariantCulture), data.Length);
        return new ReadPacket(
            time,
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            uint.Parse(fields[3], CultureInfo.InvariantCulture),
            fields[4] == "-" ? null : fields[4],
            Convert.ToHexString(data));
    }
}

/// <summary>A packet as a value that outlives the reader's buffer.</summary>
internal sealed record ReadPacket(long? Time, int InterfaceId, uint OriginalLength, string? Comment, string Data)
{
    public static ReadPacket Of(in PcapPacket packet) => new(
        packet.HasTimestamp ? packet.Timestamp.Nanoseconds : null,
        packet.InterfaceId,
        packet.OriginalLength,
        packet.GetComment(),
        Convert.ToHexString(packet.Data));
}

/// <summary>All that a reading came to; the offset is -1 where nothing is wrong.</summary>
internal sealed record ReadingResult(List<ReadPacket> Packets, PcapError Error, long Offset)
{
    public bool SameAs(ReadingResult other) => Error == other.Error && Offset == other.Offset && Packets.SequenceEqual(other.Packets);
}
