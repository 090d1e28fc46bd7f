using System.Diagnostics;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

[Trait(Kind.Key, Kind.Live)]
public sealed class AfPacketPortTests : IDisposable
{
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 1024 });

    public static TheoryData<AfPacketMode> Modes => [AfPacketMode.LowLatency, AfPacketMode.Throughput];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Frames_from_the_wire_arrive_byte_for_byte_with_their_tags(AfPacketMode mode)
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort port = wire.Open(mode);
        byte[][] sent =
        [
            LiveWire.Frame(60, 1),
            LiveWire.Frame(61, 2),
            LiveWire.Frame(1514, 3),
            LiveWire.Frame(64, 4, 100),
            LiveWire.Frame(1518, 5, 4094),
            LiveWire.Frame(64, 6, 0xE000),
            LiveWire.Frame(68, 7, 100, 200),
            LiveWire.Frame(72, 8, 1, 2, 3),
            LiveWire.Frame(14, 9),
        ];

        foreach (byte[] frame in sent)
        {
            wire.Inject(frame);
        }

        List<byte[]> received = LiveWire.Receive(port, _pool, sent.Length);
        Assert.Equal(sent.Select(Convert.ToHexString), received.Select(Convert.ToHexString));
        Assert.Equal(sent.Length, port.Counters.ReceivedFrames);
        Assert.Equal(sent.Sum(frame => frame.Length), port.Counters.ReceivedBytes);
        Assert.Equal(_pool.Capacity, _pool.Available);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Frames_sent_reach_the_wire_byte_for_byte_with_their_tags(AfPacketMode mode)
    {
        LiveRequirements.Need("tcpdump");
        using var wire = new LiveWire();
        using AfPacketPort port = wire.Open(mode);
        byte[][] sent = [LiveWire.Frame(60, 1), LiveWire.Frame(1514, 2), LiveWire.Frame(64, 3, 100), LiveWire.Frame(1518, 4, 4094), LiveWire.Frame(68, 5, 100, 200)];

        List<byte[]> seen = wire.Captured(sent.Length, () =>
        {
            Packet[] packets = LiveWire.Rent(_pool, sent);
            Assert.Equal(sent.Length, port.Send(_pool, packets, Timestamp.FromMonotonicClock()));
            _pool.Return(packets);
        });

        Assert.Equal(sent.Select(Convert.ToHexString), seen.Select(Convert.ToHexString));
        Assert.Equal((sent.Length, 0), (port.Counters.SentFrames, port.Counters.SendRefused));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Jumbo_frames_pass_both_ways(AfPacketMode mode)
    {
        LiveRequirements.Need("tcpdump");
        using var wire = new LiveWire(mtu: 9000);
        using AfPacketPort port = wire.Open(mode);
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64, BufferBytes = 9216 });
        byte[][] sent = [LiveWire.Frame(9014, 1), LiveWire.Frame(9018, 2, 7), LiveWire.Frame(60, 3)];

        List<byte[]> seen = wire.Captured(sent.Length, () =>
        {
            foreach (byte[] frame in sent)
            {
                wire.Inject(frame);
            }

            Assert.Equal(sent.Select(Convert.ToHexString), LiveWire.Receive(port, pool, sent.Length).Select(Convert.ToHexString));
            Packet[] packets = LiveWire.Rent(pool, sent);
            Assert.Equal(3, port.Send(pool, packets, Timestamp.FromMonotonicClock()));
        });

        Assert.Equal(sent.Select(Convert.ToHexString), seen.Select(Convert.ToHexString));
        Assert.Equal(9018, port.Capabilities.MaxFrameBytes);
    }

    [Fact]
    public void A_frame_that_grew_after_the_ring_was_made_still_arrives_whole()
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort port = wire.Open();
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64, BufferBytes = 9216 });
        wire.Switch.Ip("link", "set", "sw", "mtu", "9000");
        wire.Far.Ip("link", "set", "far", "mtu", "9000");
        byte[][] sent = [LiveWire.Frame(9014, 1), LiveWire.Frame(9018, 2, 7), LiveWire.Frame(60, 3)];
        foreach (byte[] frame in sent)
        {
            wire.Inject(frame);
        }

        Assert.Equal(sent.Select(Convert.ToHexString), LiveWire.Receive(port, pool, sent.Length).Select(Convert.ToHexString));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_frame_that_the_device_or_the_pool_cannot_hold_is_counted_and_the_next_passes(AfPacketMode mode)
    {
        LiveRequirements.Need();
        using var wire = new LiveWire(mtu: 3000);
        using AfPacketPort port = wire.Open(mode);
        wire.Inject(LiveWire.Frame(2500, 1));
        wire.Inject(LiveWire.Frame(60, 2));
        Assert.Equal(60, Assert.Single(LiveWire.Receive(port, _pool, 1)).Length);
        Assert.Equal(1, port.Counters.ReceivedOversize);

        using var jumbo = new PacketPool(new PacketPoolOptions { Buffers = 8, BufferBytes = 9216 });
        Packet[] burst = LiveWire.Rent(jumbo, LiveWire.Frame(60, 1), LiveWire.Frame(9000, 2), LiveWire.Frame(3018, 3), new byte[5], LiveWire.Frame(60, 5));
        Assert.Equal(5, port.Send(jumbo, burst, Timestamp.FromMonotonicClock()));
        // 3018 bytes fit only with a tag inside, 5 bytes are no frame.
        Assert.Equal((2, 2, 1), (port.Counters.SentFrames, port.Counters.SendOversize, port.Counters.SendRejected));
    }

    [Fact]
    public void Frames_that_the_kernel_dropped_because_nobody_took_them_are_counted_as_lost()
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort port = wire.Open(ringBytes: 64 << 10);
        for (int i = 0; i < 500; i++)
        {
            wire.Inject(LiveWire.Frame(60, i));
        }

        var burst = new Packet[64];
        Timestamp now = Timestamp.FromMonotonicClock();
        Wait.Until(() =>
        {
            now += TimeSpan.FromMilliseconds(200);
            _pool.Return(burst.AsSpan(0, port.Receive(_pool, burst, now)));
            return port.Counters.ReceivedFrames + port.Counters.ReceivedLost >= 500;
        }, TimeSpan.FromSeconds(2));

        Assert.Equal(500, port.Counters.ReceivedFrames + port.Counters.ReceivedLost);
        Assert.InRange(port.Counters.ReceivedFrames, 16, 128);
    }

    [Fact]
    public void An_empty_pool_leaves_frames_with_the_kernel()
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort port = wire.Open();
        using var small = new PacketPool(new PacketPoolOptions { Buffers = 2 });
        for (int i = 0; i < 5; i++)
        {
            wire.Inject(LiveWire.Frame(60 + i, i));
        }

        var burst = new Packet[8];
        Wait.Until(() => port.Receive(small, burst, Timestamp.FromMonotonicClock()) > 0, TimeSpan.FromSeconds(2));
        Assert.True(Wait.Until(() => small.Available == 0 || port.Receive(small, burst.AsSpan(1), Timestamp.FromMonotonicClock()) > 0, TimeSpan.FromSeconds(1)));
        Assert.Equal(0, port.Receive(small, burst.AsSpan(2), Timestamp.FromMonotonicClock()));
        small.Return(burst.AsSpan(0, 2));
        Assert.Equal([62, 63, 64], LiveWire.Receive(port, small, 3).Select(frame => frame.Length));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_device_that_goes_down_and_up_takes_the_port_with_it(AfPacketMode mode)
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort port = wire.Open(mode);
        Assert.Equal(PortStatus.Up, port.Status);

        wire.Far.Ip("link", "set", "far", "down");
        Assert.True(Becomes(port, PortStatus.Down));
        Packet[] burst = LiveWire.Rent(_pool, LiveWire.Frame(60, 1), LiveWire.Frame(60, 2));
        Assert.Equal(2, port.Send(_pool, burst, Timestamp.FromMonotonicClock()));
        Assert.Equal((2, 0), (port.Counters.SendDown, port.Counters.SentFrames));

        wire.Far.Ip("link", "set", "far", "up");
        Assert.True(Becomes(port, PortStatus.Up));
        wire.Switch.Ip("link", "set", "sw", "down");
        // Without waiting for the next check: the refusal of the send itself tells.
        Assert.Equal(2, port.Send(_pool, burst, Timestamp.Zero));
        Assert.Equal((PortStatus.Down, 4), (port.Status, port.Counters.SendDown));
        wire.Switch.Ip("link", "set", "sw", "up");
        Assert.True(Becomes(port, PortStatus.Up));

        wire.Inject(LiveWire.Frame(77, 3));
        Assert.Equal(77, Assert.Single(LiveWire.Receive(port, _pool, 1)).Length);
    }

    [Fact]
    public void A_device_that_is_removed_and_made_again_is_found_by_its_name()
    {
        LiveRequirements.Need("tcpdump");
        using var wire = new LiveWire();
        using AfPacketPort port = wire.Open();
        wire.Inject(LiveWire.Frame(60, 1));
        Assert.Single(LiveWire.Receive(port, _pool, 1));

        wire.Switch.Ip("link", "del", "sw");
        Assert.True(Becomes(port, PortStatus.Down));
        Assert.Equal(-1, port.PollDescriptor);
        Assert.True(Wait.Until(() => Poll(port) && port.LastError is not null, TimeSpan.FromSeconds(3)));
        Assert.Contains("sw", port.LastError);

        wire.Switch.AddVeth("sw", wire.Far, "far", 2000);
        Assert.True(Becomes(port, PortStatus.Up));
        Assert.Null(port.LastError);
        Assert.Equal(2018, port.Capabilities.MaxFrameBytes);
        List<byte[]> seen = wire.Captured(1, () => port.Send(_pool, LiveWire.Rent(_pool, LiveWire.Frame(66, 5)), Timestamp.FromMonotonicClock()));
        Assert.Equal(66, Assert.Single(seen).Length);
        // Counters go on.
        Assert.Equal((1, 1), (port.Counters.ReceivedFrames, port.Counters.SentFrames));
    }

    [Fact]
    public void A_missing_device_is_an_error_or_awaited_as_the_caller_chooses()
    {
        LiveRequirements.Need();
        using var space = NetNamespace.Create();
        using var other = NetNamespace.Create();
        var options = new AfPacketOptions { Device = "late", NetworkNamespace = space.Name };
        Assert.Contains("late", Assert.Throws<IOException>(() => new AfPacketPort("p", options)).Message);
        Assert.Contains("not an Ethernet device", Assert.Throws<IOException>(() => new AfPacketPort("p", options with { Device = "tun0", NetworkNamespace = WithTun(space) })).Message);
        Assert.Throws<ArgumentException>(() => new AfPacketPort("p", options with { Device = "a-name-of-17-chars" }));
        Assert.ThrowsAny<IOException>(() => new AfPacketPort("p", options with { NetworkNamespace = "weft-no-such-namespace" }));

        using var port = new AfPacketPort("p", options with { DeviceMustExist = false });
        Assert.Equal((PortStatus.Down, -1, 0), (port.Status, port.PollDescriptor, port.Capabilities.MaxFrameBytes));
        space.AddVeth("late", other, "peer");
        Assert.True(Becomes(port, PortStatus.Up));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Ten_thousand_frames_through_a_device_and_back_allocate_nothing(AfPacketMode mode)
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort near = wire.Open(mode);
        using var far = new AfPacketPort("far", new AfPacketOptions { Device = "far", NetworkNamespace = wire.Far.Name });
        Packet[] outgoing = LiveWire.Rent(_pool, [.. Enumerable.Range(0, 32).Select(i => LiveWire.Frame(60 + 4 * (i % 2), i, i % 2 == 0 ? [] : [(ushort)i]))]);
        var burst = new Packet[64];
        long passed = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            long end = Stopwatch.GetTimestamp() + 5 * Stopwatch.Frequency;
            for (passed = 0; passed < 10_000 && Stopwatch.GetTimestamp() < end;)
            {
                Timestamp now = Timestamp.FromMonotonicClock();
                far.Send(_pool, outgoing, now);
                int received = near.Receive(_pool, burst, now);
                near.Send(_pool, burst.AsSpan(0, received), now);
                _pool.Return(burst.AsSpan(0, received));
                int back = far.Receive(_pool, burst, now);
                _pool.Return(burst.AsSpan(0, back));
                passed += back;
            }
        }));
        Assert.InRange(passed, 10_000, long.MaxValue);
    }

    [Fact]
    public void A_sleeping_worker_wakes_for_a_frame_for_an_alarm_and_for_its_time()
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort port = wire.Open();
        using var link = new MemoryLink("a", "b");
        using var poller = new Poller(link.Left, port);
        Assert.False(poller.Wait(TimeSpan.FromMilliseconds(1)));

        wire.Inject(LiveWire.Frame(60, 1));
        Assert.True(poller.Wait(TimeSpan.FromSeconds(2)));
        Assert.Equal((false, true, false), (poller.IsReady(0), poller.IsReady(1), poller.IsReady(2)));
        LiveWire.Receive(port, _pool, 1);

        poller.Wake();
        Assert.True(poller.Wait(TimeSpan.FromSeconds(2)));
        Assert.False(poller.IsReady(1));
        Assert.False(poller.Wait(TimeSpan.Zero));

        // A device that goes down rings once and not for ever.
        wire.Switch.Ip("link", "set", "sw", "down");
        poller.Wait(TimeSpan.FromMilliseconds(200));
        Assert.False(poller.Wait(TimeSpan.Zero));
    }

    public void Dispose() => _pool.Dispose();

    private bool Poll(AfPacketPort port)
    {
        var burst = new Packet[8];
        _pool.Return(burst.AsSpan(0, port.Receive(_pool, burst, Timestamp.FromMonotonicClock())));
        return true;
    }

    private bool Becomes(AfPacketPort port, PortStatus status) => Wait.Until(() => Poll(port) && port.Status == status, TimeSpan.FromSeconds(3));

    private static string WithTun(NetNamespace space)
    {
        space.Ip("tuntap", "add", "tun0", "mode", "tun");
        return space.Name;
    }
}
