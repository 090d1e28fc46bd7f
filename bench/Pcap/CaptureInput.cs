using Weft.Packets;
using Weft.Pcap;

namespace Weft.Bench.Pcap;

/// <summary>
/// A large capture to read, made anew in the temporary folder: frames of 60, 590 and 1,514 bytes as 7 : 4 : 1 with random
/// bytes, microseconds, Ethernet. It is in the page cache when it is read, for both sides.
/// </summary>
internal sealed class CaptureInput : IDisposable
{
    private const int FullBytes = 200_000_000;
    private const int ShortBytes = 20_000_000;
    private static readonly int[] Sizes = [60, 60, 60, 60, 60, 60, 60, 590, 590, 590, 590, 1514];
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-bench-pcap-").FullName;

    public CaptureInput(bool pcapng, bool shortRun)
    {
        Path = System.IO.Path.Combine(_folder, pcapng ? "large.pcapng" : "large.pcap");
        byte[] data = new byte[1514];
        new Random(1).NextBytes(data);
        int limit = shortRun ? ShortBytes : FullBytes;
        if (pcapng)
        {
            using var writer = PcapngWriter.Create(Path);
            writer.AddInterface(new PcapngInterfaceOptions { Name = "eth0", TimestampResolution = PcapTimestampResolution.Microseconds });
            for (; writer.BytesWritten < limit; Packets++)
            {
                writer.WritePacket(0, Time(Packets), data.AsSpan(0, Sizes[Packets % Sizes.Length]));
            }
        }
        else
        {
            using var writer = PcapWriter.Create(Path, new PcapWriterOptions { Format = PcapFormat.PcapMicroseconds });
            for (; writer.BytesWritten < limit; Packets++)
            {
                writer.WritePacket(Time(Packets), data.AsSpan(0, Sizes[Packets % Sizes.Length]));
            }
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Packets in it.</summary>
    public long Packets { get; }

    /// <summary>A name beside it, for the output of a check.</summary>
    public string Beside(string name) => System.IO.Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Timestamp Time(long packet) => new(1_700_000_000_000_000_000 + packet * 1000);
}
