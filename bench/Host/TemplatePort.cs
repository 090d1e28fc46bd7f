using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Host;

/// <summary>A port on which copies of one frame arrive for ever, and that forgets what it sends.</summary>
internal sealed class TemplatePort(string name, byte[]? frame) : IPort
{
    private PortCounters _counters;

    public string Name => name;

    public PortCapabilities Capabilities { get; } = new("template", 9000, IsLive: false);

    public PortStatus Status => PortStatus.Up;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        if (frame is null)
        {
            return 0;
        }

        int received = 0;
        while (received < burst.Length && pool.TryRent(out burst[received]))
        {
            _ = pool.TrySetLength(ref burst[received], frame.Length);
            frame.CopyTo(pool.Bytes(burst[received++]));
        }

        return received;
    }

    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        _counters.SentFrames += burst.Length;
        return burst.Length;
    }

    public void Dispose()
    {
    }
}
