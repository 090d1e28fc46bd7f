using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>A port whose device refuses every frame.</summary>
internal sealed class RefusingPort(string name) : IPort
{
    private PortCounters _counters;

    public string Name => name;

    public PortCapabilities Capabilities { get; } = new("refusing", 2000, IsLive: false);

    public PortStatus Status => PortStatus.Up;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now) => 0;

    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        _counters.SendRejected += burst.Length;
        return burst.Length;
    }

    public void Dispose()
    {
    }
}
