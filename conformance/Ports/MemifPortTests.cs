using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>Both ends of a memif in one process.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class MemifPortTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"weft-memif-{Guid.NewGuid():N}");
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 4096, BufferBytes = 10_240 });

    public void Dispose()
    {
        File.Delete(_path);
        Assert.Equal(_pool.Capacity, _pool.Available);
        _pool.Dispose();
    }

    [Theory]
    [InlineData(1, 2048, 2048)]
    [InlineData(4, 2048, 2048)]
    [InlineData(1, 256, 9018)]
    [InlineData(1, 9018, 9018)]
    public void Frames_of_every_length_cross_both_ways_byte_for_byte(int queues, int clientBytes, int serverBytes)
    {
        using MemifPort server = Open(MemifRole.Server, serverBytes, queues);
        using MemifPort client = Open(MemifRole.Client, clientBytes, queues);
        Connect(server, client);
        int longest = Math.Min(clientBytes, 9018);
        int[] lengths = [.. Enumerable.Range(1, 40), 60, 64, 255, 256, 257, 511, 512, 513, 1514, 2048, 9018];
        byte[][] up = [.. lengths.Where(length => length <= longest).Select(Frame)];
        byte[][] down = [.. lengths.Where(length => length <= serverBytes).Select(Frame)];
        Assert.Equal(up.Select(Convert.ToHexString), Pass(client, server, up).Select(Convert.ToHexString));
        Assert.Equal(down.Select(Convert.ToHexString), Pass(server, client, down).Select(Convert.ToHexString));
        Assert.Equal((up.Length, down.Length, 0), (server.Counters.ReceivedFrames, server.Counters.SentFrames, server.Counters.ReceivedLost));
    }

    [Fact]
    public void A_ring_holds_as_many_frames_as_it_has_slots_and_no_more()
    {
        using MemifPort server = Open(MemifRole.Server, 2048);
        using MemifPort client = Open(MemifRole.Client, 2048, slots: 64);
        Connect(server, client);
        for (int round = 0; round < 2100; round++)
        {
            // Far beyond where sixteen bits wrap.
            Packet[] burst = Rent(100, round);
            Assert.Equal(64, client.Send(_pool, burst, Now));
            Assert.Equal(64, server.Send(_pool, burst, Now));
            _pool.Return(burst);
            Assert.Equal(64, Take(server).Count);
            Assert.Equal(64, Take(client).Count);
        }

        Assert.Equal((2100, 2100 * 64), (client.Counters.SendBusy, server.Counters.ReceivedFrames));
    }

    [Theory]
    [InlineData(MemifRole.Server)]
    [InlineData(MemifRole.Client)]
    public void A_peer_that_goes_is_noticed_and_one_that_comes_again_is_found(MemifRole goes)
    {
        using MemifPort stays = Open(goes == MemifRole.Server ? MemifRole.Client : MemifRole.Server, 2048);
        for (int i = 0; i < 3; i++)
        {
            using (MemifPort peer = Open(goes, 2048))
            {
                Connect(stays, peer);
                byte[][] frames = [Frame(60 + i)];
                Assert.Equal(frames, Pass(peer, stays, frames));
                // What is on its way when the peer goes is lost, and costs no buffer.
                Packet[] burst = Rent(10, i);
                Assert.Equal(10, stays.Send(_pool, burst, Now));
                _pool.Return(burst);
            }

            Assert.True(Wait.Until(() => Take(stays).Count == 0 && stays.Status == PortStatus.Down, Patience));
            Assert.NotNull(stays.LastError);
            Packet[] nobody = Rent(2, i);
            Assert.Equal(2, stays.Send(_pool, nobody, Now));
            _pool.Return(nobody);
            Assert.Equal(2 * (i + 1), stays.Counters.SendDown);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_port_that_sleeps_is_woken_by_a_frame(int queues)
    {
        using MemifPort server = Open(MemifRole.Server, 2048, queues);
        using MemifPort client = Open(MemifRole.Client, 2048, queues);
        Connect(server, client);
        foreach ((MemifPort from, MemifPort to) in new[] { (client, server), (server, client), (client, server) })
        {
            using var poller = new Poller(to);
            Task<bool> sleeping = Task.Factory.StartNew(() => poller.Wait(Patience), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await Task.Delay(20, TestContext.Current.CancellationToken);
            Packet[] burst = Rent(1, 1);
            Assert.Equal(1, from.Send(_pool, burst, Now));
            _pool.Return(burst);
            Assert.True(await sleeping);
            Assert.True(poller.IsReady(0));
            Assert.Single(Take(to));
        }
    }

    [Fact]
    public void Passing_frames_allocates_nothing()
    {
        using MemifPort server = Open(MemifRole.Server, 2048);
        using MemifPort client = Open(MemifRole.Client, 2048);
        Connect(server, client);
        Packet[] burst = Rent(32, 1);
        var into = new Packet[32];
        Timestamp now = Now;
        void Round()
        {
            _ = client.Send(_pool, burst, now);
            _pool.Return(into.AsSpan(0, server.Receive(_pool, into, now)));
        }

        for (int i = 0; i < 1000; i++)
        {
            Round();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 4000; i++)
        {
            Round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        _pool.Return(burst);
    }

    [Fact]
    public void A_second_server_on_a_socket_is_refused_and_a_dead_ones_file_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        using (MemifPort first = Open(MemifRole.Server, 2048))
        {
            Assert.Contains("another server", Assert.Throws<IOException>(() => Open(MemifRole.Server, 2048)).Message);
        }

        File.WriteAllText(_path, "not a socket");
        Assert.Contains("not a socket", Assert.Throws<IOException>(() => Open(MemifRole.Server, 2048)).Message);
    }

    [Fact]
    public void Options_outside_their_ranges_are_the_callers_mistake()
    {
        var good = new MemifOptions { SocketPath = _path };
        foreach (MemifOptions bad in new[] { good with { SocketPath = "" }, good with { SocketPath = new string('x', 108) }, good with { Queues = 17 }, good with { RingSlots = 65 }, good with { RingSlots = 32_768 }, good with { MaxFrameBytes = 63 }, good with { Queues = 16, RingSlots = 16_384, MaxFrameBytes = 9018 } })
        {
            Assert.Contains("MemifOptions", Assert.ThrowsAny<ArgumentException>(() => new MemifPort("m", bad)).Message);
        }
    }

    private static Timestamp Now => Timestamp.FromMonotonicClock();

    private static byte[] Frame(int length)
    {
        byte[] frame = new byte[length];
        new Random(length).NextBytes(frame);
        return frame;
    }

    private MemifPort Open(MemifRole role, int maxFrameBytes, int queues = 1, int slots = 1024)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        return new MemifPort($"{role}", new MemifOptions { SocketPath = _path, Role = role, Queues = queues, RingSlots = slots, MaxFrameBytes = maxFrameBytes, InterfaceId = 3 });
    }

    private void Connect(MemifPort left, MemifPort right) =>
        Assert.True(Wait.Until(() => Take(left).Count + Take(right).Count == 0 && left.Status == PortStatus.Up && right.Status == PortStatus.Up, Patience), $"{left.LastError}; {right.LastError}");

    private Packet[] Rent(int count, int seed)
    {
        var packets = new Packet[count];
        for (int i = 0; i < count; i++)
        {
            Assert.True(_pool.TryRent(out packets[i]));
            packets[i].Length = 60 + ((seed + i) % 100);
        }

        return packets;
    }

    private List<byte[]> Take(MemifPort port)
    {
        var frames = new List<byte[]>();
        var burst = new Packet[64];
        int received = port.Receive(_pool, burst, Now);
        frames.AddRange(burst.Take(received).Select(packet => _pool.Bytes(packet).ToArray()));
        _pool.Return(burst.AsSpan(0, received));
        return frames;
    }

    private List<byte[]> Pass(MemifPort from, MemifPort to, byte[][] frames)
    {
        var arrived = new List<byte[]>();
        foreach (byte[] frame in frames)
        {
            Assert.True(_pool.TryRent(out Packet packet));
            packet.Length = frame.Length;
            frame.CopyTo(_pool.Bytes(packet));
            Assert.Equal(1, from.Send(_pool, [packet], Now));
            _pool.Return(packet);
        }

        Assert.True(Wait.Until(
            () =>
            {
                arrived.AddRange(Take(to));
                return arrived.Count >= frames.Length;
            },
            Patience));
        return arrived;
    }
}
