using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>A device through AF_XDP, with a plain packet socket and tcpdump at the other end of its cable.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class AfXdpPortTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 8192, BufferBytes = 4096 });

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Frames_from_the_wire_arrive_byte_for_byte_and_the_kernel_sees_none_of_them()
    {
        using LiveWire wire = Wire();
        using AfXdpPort port = Open(wire);
        byte[][] sent = [LiveWire.Frame(60, 1), LiveWire.Frame(61, 2), LiveWire.Frame(1514, 3), LiveWire.Frame(64, 4, 100), LiveWire.Frame(1518, 5, 4094), LiveWire.Frame(68, 7, 100, 200), LiveWire.Frame(14, 9)];
        Array.ForEach(sent, wire.Inject);
        Assert.Equal(sent.Select(Convert.ToHexString), LiveWire.Receive(port, _pool, sent.Length).Select(Convert.ToHexString));
        Assert.Equal((sent.Length, sent.Sum(frame => frame.Length)), (port.Counters.ReceivedFrames, port.Counters.ReceivedBytes));
        Assert.Equal(_pool.Capacity, _pool.Available);
        Assert.Contains(port.Capabilities.Driver, new[] { "af_xdp, native, copy", "af_xdp, generic, copy", "af_xdp, native, zero-copy" });
    }

    [Fact]
    public void Frames_sent_reach_the_wire_byte_for_byte()
    {
        LiveRequirements.Need("tcpdump");
        using LiveWire wire = Wire();
        using AfXdpPort port = Open(wire);
        byte[][] sent = [.. Enumerable.Range(0, 100).Select(i => LiveWire.Frame(60 + (i * 14), i))];
        List<byte[]> seen = wire.Captured(sent.Length, () =>
        {
            Packet[] packets = LiveWire.Rent(_pool, sent);
            // tcpdump has room for 32 frames of any length, so it gets them in portions.
            foreach (Packet[] portion in packets.Chunk(20))
            {
                Assert.Equal(portion.Length, port.Send(_pool, portion, Timestamp.FromMonotonicClock()));
                Thread.Sleep(200);
            }

            _pool.Return(packets);
        });
        Assert.Equal(sent.Select(Convert.ToHexString), seen.Select(Convert.ToHexString));
        Assert.Equal((sent.Length, 0), (port.Counters.SentFrames, port.Counters.SendRefused));
    }

    [Fact]
    public void More_frames_than_there_are_places_pass_because_places_are_used_again()
    {
        using LiveWire wire = Wire();
        using AfXdpPort port = Open(wire);
        using var far = new AfPacketPort("far", new AfPacketOptions { Device = "far", NetworkNamespace = wire.Far.Name, RingBytes = 64 << 20 });
        const int rounds = 200, frames = 64;
        Packet[] packets = LiveWire.Rent(_pool, [.. Enumerable.Range(0, frames).Select(i => LiveWire.Frame(100, i))]);
        var burst = new Packet[frames];
        long there = 0, back = 0;
        for (int round = 0; round < rounds; round++)
        {
            int sent = 0;
            Assert.True(Wait.Until(() => (sent += port.Send(_pool, packets.AsSpan(sent), Timestamp.FromMonotonicClock())) == frames, Patience));
            Assert.True(Wait.Until(
                () =>
                {
                    Timestamp now = Timestamp.FromMonotonicClock();
                    int arrived = far.Receive(_pool, burst, now);
                    there += arrived;
                    for (int echoed = 0; echoed < arrived;)
                    {
                        echoed += far.Send(_pool, burst.AsSpan(echoed, arrived - echoed), now);
                    }

                    _pool.Return(burst.AsSpan(0, arrived));
                    int returned = port.Receive(_pool, burst, now);
                    back += returned;
                    _pool.Return(burst.AsSpan(0, returned));
                    return back == (round + 1L) * frames;
                },
                Patience), $"round {round}: {there} arrived, {back} came back");
        }

        Assert.Equal((rounds * frames, rounds * frames, 0L), (port.Counters.SentFrames, port.Counters.ReceivedFrames, port.Counters.ReceivedLost));
    }

    [Fact]
    public void What_nobody_takes_is_counted_as_lost()
    {
        using LiveWire wire = Wire();
        using AfXdpPort port = Open(wire);
        const int sent = 5000;
        for (int i = 0; i < sent; i++)
        {
            wire.Inject(LiveWire.Frame(60, i));
        }

        var burst = new Packet[64];
        Timestamp now = Timestamp.FromMonotonicClock();
        Assert.True(Wait.Until(
            () =>
            {
                now += TimeSpan.FromMilliseconds(20);
                _pool.Return(burst.AsSpan(0, port.Receive(_pool, burst, now)));
                return port.Counters.ReceivedFrames + port.Counters.ReceivedLost == sent;
            },
            Patience), $"{port.Counters.ReceivedFrames} + {port.Counters.ReceivedLost}");
        Assert.True(port.Counters.ReceivedLost > 0);
    }

    [Fact]
    public void A_frame_that_the_pool_or_the_device_cannot_hold_is_counted_and_the_next_passes()
    {
        using LiveWire wire = Wire(mtu: 3000);
        using AfXdpPort port = Open(wire);
        using var small = new PacketPool(new PacketPoolOptions { Buffers = 8, BufferBytes = 2048 });
        wire.Inject(LiveWire.Frame(2500, 1));
        wire.Inject(LiveWire.Frame(60, 2));
        Assert.Equal(60, Assert.Single(LiveWire.Receive(port, small, 1)).Length);
        Assert.Equal(1, port.Counters.ReceivedOversize);
        Packet[] burst = LiveWire.Rent(_pool, LiveWire.Frame(60, 1), LiveWire.Frame(3500, 2), new byte[5], LiveWire.Frame(3014, 3));
        Assert.Equal(4, port.Send(_pool, burst, Timestamp.FromMonotonicClock()));
        Assert.Equal((2, 1, 1), (port.Counters.SentFrames, port.Counters.SendOversize, port.Counters.SendRejected));
    }

    [Fact]
    public void A_device_that_goes_and_comes_back_is_found_again()
    {
        using LiveWire wire = Wire();
        using AfXdpPort port = Open(wire);
        Assert.True(Becomes(port, PortStatus.Up));
        wire.Switch.Ip("link", "set", "sw", "down");
        Assert.True(Becomes(port, PortStatus.Down));
        Packet[] burst = LiveWire.Rent(_pool, LiveWire.Frame(60, 1));
        Assert.Equal(1, port.Send(_pool, burst, Timestamp.FromMonotonicClock()));
        Assert.Equal(1, port.Counters.SendDown);
        wire.Switch.Ip("link", "del", "sw");
        Assert.True(Becomes(port, PortStatus.Down));
        wire.Switch.AddVeth("sw", wire.Far, "again");
        Assert.True(Becomes(port, PortStatus.Up), port.LastError);
        Assert.Null(port.LastError);
    }

    [Fact]
    public void When_the_port_is_closed_the_device_is_the_kernels_again_and_a_second_program_is_refused_before()
    {
        LiveRequirements.Need("ping");
        using LiveWire wire = Wire();
        wire.Switch.AddAddress("sw", "10.0.0.1/24");
        wire.Far.AddAddress("far", "10.0.0.2/24");
        using (AfXdpPort port = Open(wire))
        {
            Assert.False(wire.Far.Run("ping", "-c1", "-W1", "10.0.0.1").Succeeded);
            Assert.ThrowsAny<IOException>(wire.OpenXdp);
        }

        Assert.True(Wait.Until(() => wire.Far.Run("ping", "-c1", "-W1", "10.0.0.1").Succeeded, Patience));
    }

    [Fact]
    public void An_mtu_that_no_page_takes_and_a_device_that_is_not_there_are_refused_by_name()
    {
        using LiveWire wire = Wire(mtu: 9000);
        _ = Supported(() => Assert.Contains("MTU of 9000", Assert.Throws<IOException>(wire.OpenXdp).Message));
        Assert.Contains("no network device none", Assert.Throws<IOException>(() => new AfXdpPort("p", new AfXdpOptions { Device = "none", NetworkNamespace = wire.Switch.Name })).Message);
        Assert.Throws<ArgumentException>(() => new AfXdpPort("p", new AfXdpOptions { Device = "a/b" }));
    }

    [Fact]
    public void Frames_allocate_nothing()
    {
        using LiveWire wire = Wire();
        using AfXdpPort port = Open(wire);
        using var far = new AfPacketPort("far", new AfPacketOptions { Device = "far", NetworkNamespace = wire.Far.Name });
        Packet[] packets = LiveWire.Rent(_pool, [.. Enumerable.Range(0, 16).Select(i => LiveWire.Frame(100, i))]);
        var burst = new Packet[64];
        void Round()
        {
            Timestamp now = Timestamp.FromMonotonicClock();
            _ = far.Send(_pool, packets, now);
            _ = port.Send(_pool, packets, now);
            _pool.Return(burst.AsSpan(0, port.Receive(_pool, burst, now)));
            _pool.Return(burst.AsSpan(0, far.Receive(_pool, burst, now)));
        }

        for (int i = 0; i < 200; i++)
        {
            Round();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Round();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(port.Counters.ReceivedFrames > 1000);
    }

    private static LiveWire Wire(int mtu = 1500)
    {
        LiveRequirements.Need();
        return new LiveWire(mtu);
    }

    private static AfXdpPort Open(LiveWire wire) => Supported(wire.OpenXdp);

    /// <summary>A kernel without AF_XDP or without the right to load programs is no fault of ours.</summary>
    private static T Supported<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (IOException refused) when (refused.Message.Contains("AF_XDP socket (root", StringComparison.Ordinal) || refused.Message.Contains("CAP_BPF", StringComparison.Ordinal))
        {
            Assert.Skip($"needs AF_XDP: {refused.Message}");
            throw;
        }
    }

    private static object Supported(Action open) => Supported<object>(() =>
    {
        open();
        return "";
    });

    private bool Becomes(AfXdpPort port, PortStatus status) => Wait.Until(
        () =>
        {
            _ = port.Receive(_pool, [], Timestamp.FromMonotonicClock());
            return port.Status == status;
        },
        Patience);
}
