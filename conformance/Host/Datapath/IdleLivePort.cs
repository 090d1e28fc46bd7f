using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>A live port on which nothing happens.</summary>
internal sealed class IdleLivePort(string name) : IPort
{
    private PortCounters _counters;

    public string Name => name;

    public bool IsDisposed { get; private set; }

    public PortCapabilities Capabilities { get; } = new("idle", 1518, IsLive: true);

    public PortStatus Status => PortStatus.Up;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now) => 0;

    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        _counters.SentFrames += burst.Length;
        return burst.Length;
    }

    public void Dispose() => IsDisposed = true;
}
