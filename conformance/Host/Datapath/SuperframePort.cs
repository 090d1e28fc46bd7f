using Weft.Packets;
using Weft.Ports;
using Weft.Ports.Offload;

namespace Weft.Conformance.HostTests;

/// <summary>A port on which superframes arrive whole, and that sends them whole or takes none.</summary>
internal sealed class SuperframePort(string name, bool takes) : IPort
{
    private readonly Queue<(byte[] Bytes, VirtioNetHeader Header)> _arriving = new();
    private PortCounters _counters;

    public string Name => name;

    public PortCapabilities Capabilities { get; } = new("superframe", 9000, IsLive: false) { TakesSuperframes = takes, TakesUdpSuperframes = takes };

    public PortStatus Status => PortStatus.Up;

    public ref readonly PortCounters Counters => ref _counters;

    public int PollDescriptor => -1;

    public Timestamp NextArrival => Timestamp.MaxValue;

    /// <summary>What was sent whole.</summary>
    public List<(byte[] Bytes, VirtioNetHeader Header)> Whole { get; } = [];

    /// <summary>What was sent as frames.</summary>
    public List<byte[]> Frames { get; } = [];

    public void Arrive(byte[] bytes, VirtioNetHeader header = default) => _arriving.Enqueue((bytes, header));

    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        int received = 0;
        while (received < burst.Length && _arriving.TryPeek(out (byte[] Bytes, VirtioNetHeader Header) next)
            && (next.Header.GsoType == GsoType.None ? pool.TryRent(out burst[received]) : pool.TryRentSuperframe(out burst[received])))
        {
            _ = pool.TrySetLength(ref burst[received], next.Bytes.Length);
            next.Bytes.CopyTo(pool.Bytes(burst[received]));
            if (next.Header.GsoType != GsoType.None)
            {
                pool.Describe(burst[received], next.Header);
            }

            received++;
            _ = _arriving.Dequeue();
        }

        _counters.ReceivedFrames += received;
        return received;
    }

    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        foreach (ref readonly Packet packet in burst)
        {
            if (pool.IsSuperframe(packet))
            {
                Assert.True(takes, $"{name} takes no superframes");
                Whole.Add((pool.Bytes(packet).ToArray(), pool.Description(packet)));
            }
            else
            {
                Frames.Add(pool.Bytes(packet).ToArray());
            }
        }

        _counters.SentFrames += burst.Length;
        return burst.Length;
    }

    public void Dispose()
    {
    }
}
