using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>Superframes of datagrams that a kernel hands over through a TAP device. A kernel before Linux 6.2 cuts them itself.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class TapSuperframeTests : IDisposable
{
    private const int PayloadAt = 42;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly NetNamespace _space;
    private readonly TapPort _port;
    private readonly PacketPool _pool;

    public TapSuperframeTests()
    {
        LiveRequirements.Need("python3");
        LiveRequirements.NeedTap();
        _space = NetNamespace.Create();
        _port = new TapPort("t", new TapOptions { Device = "tap0", NetworkNamespace = _space.Name, Mtu = 1500, MultiQueue = true, Offloads = TapOffloads.All });
        _pool = new PacketPool(new PacketPoolOptions { Buffers = 256, SuperframeBuffers = 4 });
        _space.AddAddress("tap0", "10.0.0.1/24");
        _space.Ip("neigh", "add", "10.0.0.9", "lladdr", "02:00:00:00:00:09", "dev", "tap0");
    }

    public void Dispose()
    {
        _port.Dispose();
        _space.Dispose();
        _pool.Dispose();
    }

    [Theory]
    [InlineData(65_484)]
    [InlineData(65_485)]
    [InlineData(65_486)]
    [InlineData(65_493)]
    [InlineData(65_507)]
    public void The_longest_there_are_arrive_datagram_by_datagram(int bytes)
    {
        // 65,485 octets and the headers are 65,527, the most that passes whole; 65,507 are the most that a packet of IPv4 holds.
        using RunningCommand sender = Send(bytes, ports: 1);
        var datagrams = new SortedDictionary<int, byte[]>();
        int wanted = (bytes + 1399) / 1400;
        Assert.True(Wait.Until(
            () =>
            {
                Take(_port, frame => datagrams[frame[PayloadAt]] = frame[PayloadAt..]);
                return datagrams.Count >= wanted;
            },
            Patience), $"{datagrams.Count}, {_port.Counters.ReceivedOversize} too long");
        Assert.Equal(Enumerable.Range(0, bytes).Select(at => Octet(at)), datagrams.Values.SelectMany(datagram => datagram));
        Assert.Equal((0, 0), (_port.Counters.ReceivedOversize, _port.Counters.ReceivedGsoInvalid));
        Assert.False(_pool.LentSuperframes);
    }

    [Fact]
    public void What_another_queue_has_begun_is_to_be_finished_before_a_handover()
    {
        Assert.SkipUnless(_port.Capabilities.TakesUdpSuperframes, "needs TAP devices that take superframes of UDP");
        using var small = new PacketPool(new PacketPoolOptions { Buffers = 4 });
        using IPort queue = _port.TryOpenQueue()!;
        using RunningCommand sender = Send(14_000, ports: 64);
        var burst = new Packet[1];
        Assert.True(Wait.Until(
            () =>
            {
                small.Return(burst.AsSpan(0, queue.Receive(small, burst, Timestamp.FromMonotonicClock())));
                return ((IHandoverPort)queue).HasBegun;
            },
            Patience));
        Assert.True(_port.HasBegun);
        _port.Pause();
        int rest = 0;
        while (queue.Receive(small, burst, Timestamp.FromMonotonicClock()) is > 0 and int taken)
        {
            small.Return(burst.AsSpan(0, taken));
            rest++;
        }

        Assert.Equal(9, rest);
        Assert.False(_port.HasBegun);
    }

    /// <summary>What an octet of a message is: that of its datagram.</summary>
    private static byte Octet(int at) => (byte)(at / 1400);

    /// <summary>Sends messages that are to be cut into datagrams of 1,400 octets (UDP_SEGMENT is option 103), to some ports in turn, until it is ended.</summary>
    private RunningCommand Send(int bytes, int ports) => _space.Start("python3", "-c", $$"""
        import socket, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_UDP, 103, 1400)
        data = bytes(i // 1400 for i in range({{bytes}}))
        for i in range(6000): s.sendto(data, ("10.0.0.9", 5000 + i % {{ports}})); time.sleep(.01)
        """);

    /// <summary>Takes what is there, cut.</summary>
    private void Take(TapPort port, Action<byte[]> found)
    {
        var burst = new Packet[8];
        var frames = new Packet[PacketPool.MaxSuperframeFrames];
        int received = port.Receive(_pool, burst, Timestamp.FromMonotonicClock());
        foreach (ref readonly Packet packet in burst.AsSpan(0, received))
        {
            if (!_pool.IsSuperframe(packet))
            {
                Judge(_pool.Bytes(packet).ToArray());
                continue;
            }

            int count = _pool.Cut(packet, frames);
            foreach (ref readonly Packet frame in frames.AsSpan(0, count))
            {
                Judge(_pool.Bytes(frame).ToArray());
            }

            _pool.Return(frames.AsSpan(0, count));
        }

        _pool.Return(burst.AsSpan(0, received));

        void Judge(byte[] frame)
        {
            Assert.Null(NaiveChecksum.Complaint(frame));
            if (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == 0x0800 && frame[23] == 17)
            {
                found(frame);
            }
        }
    }
}
