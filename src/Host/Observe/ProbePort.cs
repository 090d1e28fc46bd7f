using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Observe;

/// <summary>A port of the twin that a trace runs in: it delivers the traced packet if it is the one, and takes what is sent.</summary>
internal sealed class ProbePort(string name, int mtu) : IPort
{
    private PortCounters _counters;
    private byte[]? _waiting;

    public string Name => name;

    public PortCapabilities Capabilities { get; } = new("probe", mtu + MaxFramingBytes, IsLive: false);

    public PortStatus Status => PortStatus.Up;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    /// <summary>Ethernet header and one tag.</summary>
    private const int MaxFramingBytes = 18;

    /// <summary>Delivers a frame at the next call of <see cref="Receive"/>.</summary>
    public void Inject(ReadOnlySpan<byte> frame) => _waiting = frame.ToArray();

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        if (_waiting is not byte[] frame || !pool.TryRent(out Packet packet))
        {
            return 0;
        }

        _waiting = null;
        _ = pool.TrySetLength(ref packet, frame.Length);
        frame.CopyTo(pool.Bytes(packet));
        burst[0] = packet;
        return 1;
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
