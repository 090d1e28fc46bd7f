using System.Globalization;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.PcapTests;

/// <summary>Files of ours, read by tshark, capinfos and tcpdump.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class JudgedByOthersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-pcap-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(CaptureFiles.All), MemberType = typeof(CaptureFiles))]
    public void A_file_rewritten_as_pcap_is_the_same_to_tshark(string name)
    {
        LiveRequirements.NeedPrograms("tshark");
        string path = Path.Combine(_folder, "out.pcap");
        using (var reader = PcapReader.Open(CaptureFiles.PathOf(name)))
        using (var writer = PcapWriter.Create(path, new PcapWriterOptions { BigEndian = name.Contains("-be", StringComparison.Ordinal) }))
        {
            while (reader.TryRead(out PcapPacket packet))
            {
                writer.WritePacket(packet.Timestamp, packet.Data, packet.OriginalLength);
            }
        }

        IEnumerable<string> expected = CaptureFiles.Expected(name).Select(packet => Line(packet.Time ?? 0, packet.Data.Length / 2, packet.OriginalLength));
        Assert.Equal(expected, Tshark(path));
    }

    [Theory]
    [MemberData(nameof(CaptureFiles.AllPcapng), MemberType = typeof(CaptureFiles))]
    public void Blocks_copied_through_are_the_same_to_tshark(string name)
    {
        LiveRequirements.NeedPrograms("tshark");
        string path = Path.Combine(_folder, "out.pcapng");
        using (var reader = PcapReader.Open(CaptureFiles.PathOf(name)))
        using (var writer = PcapngWriter.Create(path))
        {
            while (reader.TryReadBlock(out PcapngBlock block))
            {
                writer.WriteBlock(block);
            }
        }

        string[] everything = ["-n", "-T", "jsonraw", "-x", "-r"];
        Assert.Equal(
            Command.Run("tshark", [.. everything, CaptureFiles.PathOf(name)]).Required().Output,
            Command.Run("tshark", [.. everything, path]).Required().Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_option_of_ours_is_understood(bool bigEndian)
    {
        LiveRequirements.NeedPrograms("tshark", "capinfos");
        string path = Path.Combine(_folder, "out.pcapng");
        WriteEverything(path, bigEndian);

        string fields = Command.Run(
            "tshark", "-r", path, "-T", "fields", "-E", "separator=|", "-e", "frame.time_epoch", "-e", "frame.interface_name", "-e", "frame.comment",
            "-e", "frame.packet_flags_direction", "-e", "frame.packet_id", "-e", "frame.interface_queue", "-e", "frame.drop_count", "-e", "frame.verdict.ebpf_xdp",
            "-e", "frame.len").Required().Output;
        Assert.Equal(
            """
            1700000000.123456789|web1|no route|0x00000001|42|7|5|2|60
            1700000000.123456000|db1||0x00000002|||||1000

            """, fields);
        string infos = Command.Run("capinfos", "-M", path).Required().Output;
        Assert.Contains("Capture application: Weft", infos, StringComparison.Ordinal);
        Assert.Contains("Capture hardware:    loom", infos, StringComparison.Ordinal);
        Assert.Contains("Number of interfaces in file: 2", infos, StringComparison.Ordinal);
        Assert.Contains("Name = web1", infos, StringComparison.Ordinal);
        Assert.Contains("Description = the first", infos, StringComparison.Ordinal);
        Assert.Contains("Speed = 1000000000", infos, StringComparison.Ordinal);
        Assert.Contains("Time precision = nanoseconds (9)", infos, StringComparison.Ordinal);
        Assert.Contains("Time precision = microseconds (6)", infos, StringComparison.Ordinal);
        Assert.Contains("Number of stat entries = 1", infos, StringComparison.Ordinal);
        string names = Command.Run("tshark", "-r", path, "-q", "-z", "hosts").Required().Output;
        Assert.Contains("10.0.0.1\tclient", names, StringComparison.Ordinal);
        Assert.Contains("2001:db8::1\tsix", names, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PcapFormat.PcapMicroseconds, "microseconds")]
    [InlineData(PcapFormat.PcapNanoseconds, "nanoseconds")]
    public void Tcpdump_and_capinfos_read_our_pcap(PcapFormat format, string precision)
    {
        LiveRequirements.NeedPrograms("tcpdump", "capinfos");
        string path = Path.Combine(_folder, "out.pcap");
        using (var writer = PcapWriter.Create(path, new PcapWriterOptions { Format = format, LinkType = LinkType.Raw }))
        {
            for (int i = 0; i < 1000; i++)
            {
                writer.WritePacket(new Timestamp(1_700_000_000_000_000_000 + i), new byte[i]);
            }
        }

        string infos = Command.Run("capinfos", "-M", path).Required().Output;
        Assert.Contains($"File timestamp precision:  {precision}", infos, StringComparison.Ordinal);
        Assert.Contains("Number of packets:   1000", infos, StringComparison.Ordinal);
        Assert.Contains("Data size:           499500 bytes", infos, StringComparison.Ordinal);
        Assert.Contains("File encapsulation:  rawip", infos, StringComparison.Ordinal);
        Assert.Equal(1000, Command.Run("tcpdump", "-nr", path).Required().Output.Count(character => character == '\n'));
    }

    private static void WriteEverything(string path, bool bigEndian)
    {
        using var writer = PcapngWriter.Create(path, new PcapngWriterOptions { BigEndian = bigEndian, Hardware = "loom", Os = "linux", Comment = "all of it" });
        int web = writer.AddInterface(new PcapngInterfaceOptions { Name = "web1", Description = "the first", SpeedBitsPerSecond = 1_000_000_000, MacAddress = new MacAddress(2) });
        int db = writer.AddInterface(new PcapngInterfaceOptions { Name = "db1", TimestampResolution = PcapTimestampResolution.Microseconds, SnapLength = 100, Os = "linux" });
        var noon = new Timestamp(1_700_000_000_123_456_789);
        writer.WriteName(new IPv4Address(0x0A00_0001), "client");
        writer.WriteName(IPv6Address.Parse("2001:db8::1"), "six");
        byte[] verdict = new byte[9];
        verdict[0] = 2; // eBPF XDP, then 64 bits in the section's byte order
        verdict[bigEndian ? 8 : 1] = 2;
        writer.WritePacket(web, noon, new byte[60], new PcapPacketOptions
        {
            Comment = "no route",
            Flags = PcapPacketFlags.Of(PcapDirection.Inbound),
            PacketId = 42,
            Queue = 7,
            DropCount = 5,
            Verdict = verdict,
        });
        writer.WritePacket(db, noon, new byte[1000], new PcapPacketOptions { Flags = PcapPacketFlags.Of(PcapDirection.Outbound) });
        writer.WriteStatistics(web, new PcapInterfaceStatistics { Timestamp = noon, Start = noon, End = noon, Received = 1, Dropped = 5, OsDropped = 0, FilterAccepted = 1, Delivered = 1 });
    }

    private static string[] Tshark(string path) =>
        Command.Run("tshark", "-n", "-r", path, "-T", "fields", "-E", "separator= ", "-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len")
            .Required().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Line(long time, int captured, uint original) =>
        string.Create(CultureInfo.InvariantCulture, $"{time / 1_000_000_000}.{time % 1_000_000_000:D9} {captured} {original}");
}
