using BenchmarkDotNet.Attributes;
using Weft.Pcap;

namespace Weft.Bench.Pcap;

/// <summary>Reading and copying a large capture with buffers of several sizes; <c>--filter '*Capture*'</c>.</summary>
[MemoryDiagnoser]
public class CaptureBenchmarks : IDisposable
{
    private CaptureInput? _input;

    /// <summary>The format of the input.</summary>
    [Params(false, true)]
    public bool Pcapng { get; set; }

    /// <summary>Size of the reader's and of the writer's buffer.</summary>
    [Params(64, 256, 1024)]
    public int BufferKiB { get; set; }

    /// <summary>Writes the input.</summary>
    [GlobalSetup]
    public void SetUp() => _input = new CaptureInput(Pcapng, shortRun: true);

    /// <summary>Removes it.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _input?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Every packet is looked at.</summary>
    [Benchmark]
    public long Read()
    {
        using var reader = PcapReader.Open(_input!.Path, new PcapReaderOptions { BufferBytes = BufferKiB * 1024 });
        long sum = 0;
        while (reader.TryRead(out PcapPacket packet))
        {
            sum += packet.Data.Length + packet.Timestamp.Nanoseconds;
        }

        return sum;
    }

    /// <summary>Every packet is written to /dev/null as pcap.</summary>
    [Benchmark]
    public long Copy()
    {
        using var reader = PcapReader.Open(_input!.Path, new PcapReaderOptions { BufferBytes = BufferKiB * 1024 });
        using var writer = PcapWriter.Create("/dev/null", new PcapWriterOptions { BufferBytes = BufferKiB * 1024 });
        while (reader.TryRead(out PcapPacket packet))
        {
            writer.WritePacket(packet.Timestamp, packet.Data, packet.OriginalLength);
        }

        return writer.Packets;
    }
}
