using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Links;

/// <summary>Stands among the ports for a bond. Frames come and go through its links; what it knows is whether any of them can be used.</summary>
internal sealed class BondPort(string name, int mtu) : IPort
{
    /// <summary>Ethernet header and one tag.</summary>
    private const int FramingBytes = 18;

    private PortCounters _counters;

    public string Name => name;

    public PortCapabilities Capabilities { get; } = new("bond", mtu + FramingBytes, IsLive: false);

    public PortStatus Status { get; set; } = PortStatus.Down;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now) => 0;

    /// <summary>Never called with frames: the stage that sends gives them to links.</summary>
    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now) => 0;

    public void Dispose()
    {
    }
}
