using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Host;

/// <summary>A port on which copies of some frames arrive in turn for ever, and that forgets what it sends.</summary>
internal sealed class TemplatePort(string name, params byte[][] frames) : IMultiQueuePort
{
    private PortCounters _counters;
    private int _next;

    public string Name => name;

    public PortCapabilities Capabilities { get; } = new("template", 9000, IsLive: false);

    public PortStatus Status => PortStatus.Up;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        int received = 0;
        while (frames.Length > 0 && received < burst.Length && pool.TryRent(out burst[received]))
        {
            byte[] frame = frames[_next];
            _next = (_next + 1) % frames.Length;
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

    /// <summary>Another worker's handle, which only sends.</summary>
    public IPort TryOpenQueue() => new TemplatePort(name);

    public void Dispose()
    {
    }
}
