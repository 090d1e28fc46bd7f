using Weft.Packets;
using Weft.Ports;

namespace Weft.Simulation.World;

/// <summary>A port of a host, plugged into a <see cref="Lan"/>. It says that it is live, because only then a switch watches its neighbours.</summary>
internal sealed class SimulatedPort(string name) : IPort
{
    /// <summary>What a device holds; more is lost, as in a device.</summary>
    private const int QueueFrames = 1_024;

    private readonly Queue<byte[]> _arrived = [];
    private PortCounters _counters;

    public string Name => name;

    /// <summary>What the host sent and nobody has carried away yet.</summary>
    public List<byte[]> Sent { get; } = [];

    public bool IsUp { get; set; } = true;

    public bool HasArrivals => _arrived.Count > 0;

    public PortCapabilities Capabilities { get; } = new("simulation", 1_700, IsLive: true);

    public PortStatus Status => IsUp ? PortStatus.Up : PortStatus.Down;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    /// <summary>A frame comes off the wire.</summary>
    public void Arrive(byte[] frame)
    {
        if (!IsUp || _arrived.Count == QueueFrames)
        {
            _counters.ReceivedLost++;
            return;
        }

        _arrived.Enqueue(frame);
    }

    /// <summary>The host is gone, and what its device held.</summary>
    public void Empty()
    {
        _arrived.Clear();
        Sent.Clear();
    }

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        int received = 0;
        while (received < burst.Length && _arrived.TryPeek(out byte[]? frame) && pool.TryRent(out Packet packet))
        {
            _ = _arrived.Dequeue();
            _ = pool.TrySetLength(ref packet, frame.Length);
            frame.CopyTo(pool.Bytes(packet));
            _counters.ReceivedFrames++;
            _counters.ReceivedBytes += frame.Length;
            burst[received++] = packet;
        }

        return received;
    }

    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        foreach (Packet packet in burst)
        {
            if (!IsUp)
            {
                _counters.SendDown++;
                continue;
            }

            Sent.Add(pool.Bytes(packet).ToArray());
            _counters.SentFrames++;
            _counters.SentBytes += packet.Length;
        }

        return burst.Length;
    }

    public void Dispose()
    {
    }
}
