using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.Support;

/// <summary>Frames in a capture of their own, for tshark to judge. Disposing removes it.</summary>
public sealed class CaptureFile : IDisposable
{
    private static int _written;

    /// <summary>Writes the frames, a millisecond apart.</summary>
    public CaptureFile(params IEnumerable<byte[]> frames)
    {
        FilePath = Path.Combine(Path.GetTempPath(), $"weft-capture-{Environment.ProcessId}-{Interlocked.Increment(ref _written)}.pcap");
        using FileStream stream = File.Create(FilePath);
        using var writer = new PcapWriter(stream);
        long time = 1;
        foreach (byte[] frame in frames)
        {
            writer.WritePacket(Timestamp.FromMilliseconds(time++), frame);
        }
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(FilePath);
}
