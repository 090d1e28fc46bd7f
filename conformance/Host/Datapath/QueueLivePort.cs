using System.Collections.Concurrent;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>A live port in memory: what another thread puts into one queue arrives, what is sent goes into the other.</summary>
internal sealed class QueueLivePort(string name, ConcurrentQueue<byte[]> arriving, ConcurrentQueue<byte[]> leaving) : IPort
{
    private PortCounters _counters;

    public string Name => name;

    public PortCapabilities Capabilities { get; } = new("queue", 9000, IsLive: true);

    public PortStatus Status => PortStatus.Up;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        int count = 0;
        while (count < burst.Length && pool.TryRent(out Packet packet))
        {
            if (!arriving.TryDequeue(out byte[]? frame))
            {
                pool.Return(packet);
                break;
            }

            Assert.True(pool.TrySetLength(ref packet, frame.Length));
            frame.CopyTo(pool.Bytes(packet));
            burst[count++] = packet;
        }

        _counters.ReceivedFrames += count;
        return count;
    }

    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        foreach (Packet packet in burst)
        {
            leaving.Enqueue(pool.Bytes(packet).ToArray());
        }

        _counters.SentFrames += burst.Length;
        return burst.Length;
    }

    public void Dispose()
    {
    }
}
