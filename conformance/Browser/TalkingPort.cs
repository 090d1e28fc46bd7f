using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.BrowserTests;

/// <summary>A live port behind which somebody sends the same frames again and again, at a steady rate.</summary>
internal sealed class TalkingPort(string name, int framesPerSecond, byte[][] frames) : IPort
{
    private PortCounters _counters;
    private Timestamp _started;
    private long _said;

    public string Name => name;

    public PortCapabilities Capabilities { get; } = new("tap", 1518, IsLive: true);

    public PortStatus Status => PortStatus.Up;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        _started = _said == 0 && _started == Timestamp.Zero ? now : _started;
        long due = frames.Length == 0 ? 0 : (long)((now - _started).TotalSeconds * framesPerSecond);
        int count = 0;
        while (_said < due && count < burst.Length && pool.TryRent(out Packet packet))
        {
            byte[] frame = frames[_said++ % frames.Length];
            _ = pool.TrySetLength(ref packet, frame.Length);
            frame.CopyTo(pool.Bytes(packet));
            _counters.ReceivedBytes += frame.Length;
            burst[count++] = packet;
        }

        _counters.ReceivedFrames += count;
        return count;
    }

    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        foreach (Packet packet in burst)
        {
            _counters.SentBytes += pool.Bytes(packet).Length;
        }

        _counters.SentFrames += burst.Length;
        return burst.Length;
    }

    public void Dispose()
    {
    }
}
