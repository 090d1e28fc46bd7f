using Weft.Packets;
using Weft.Pcap;

namespace Weft.Ports.Pcap;

/// <summary>A capture file of either format, chosen by its name.</summary>
internal sealed class CaptureOutput : IDisposable
{
    private readonly PcapWriter? _classic;
    private readonly PcapngWriter? _next;

    public CaptureOutput(string path, string portName)
    {
        if (path.EndsWith(".pcapng", StringComparison.OrdinalIgnoreCase))
        {
            _next = PcapngWriter.Create(path);
            _ = _next.AddInterface(new PcapngInterfaceOptions { Name = portName });
        }
        else
        {
            _classic = PcapWriter.Create(path);
        }
    }

    public void Write(Timestamp time, ReadOnlySpan<byte> frame)
    {
        _classic?.WritePacket(time, frame);
        _next?.WritePacket(0, time, frame);
    }

    public void Flush()
    {
        _classic?.Flush();
        _next?.Flush();
    }

    public void Dispose()
    {
        _classic?.Dispose();
        _next?.Dispose();
    }
}
