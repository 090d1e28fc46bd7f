using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>One port goes on with the device of another, as two processes do; here both are in one, which the kernel cannot tell from two.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class HandoverPortTests : IDisposable
{
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 1024 });

    public static TheoryData<AfPacketMode> Modes => [AfPacketMode.LowLatency, AfPacketMode.Throughput];

    public void Dispose() => _pool.Dispose();

    [Theory]
    [MemberData(nameof(Modes))]
    public void Every_frame_comes_once_and_in_order_whoever_reads_it(AfPacketMode mode)
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort old = wire.Open(mode);
        foreach (int number in Enumerable.Range(1, 20))
        {
            wire.Inject(LiveWire.Frame(60, number));
        }

        List<byte[]> received = Take(old, 7);
        using AfPacketPort next = AfPacketPort.Inherit("p", OptionsOf(wire, mode), Passed(old.Offer()!));
        Assert.Empty(LiveWire.Receive(next, _pool, 0));
        old.Pause();
        Assert.Equal(0, old.Receive(_pool, new Packet[8], Timestamp.FromMonotonicClock()));
        Assert.Equal(-1, old.PollDescriptor);
        next.Begin(old.Yield());
        old.Dispose();
        wire.Inject(LiveWire.Frame(60, 21));
        received.AddRange(LiveWire.Receive(next, _pool, 14));
        Assert.Equal(Enumerable.Range(1, 21).Select(number => Convert.ToHexString(LiveWire.Frame(60, number))), received.Select(Convert.ToHexString));
        Assert.Equal(PortStatus.Up, next.Status);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_port_whose_heir_gives_up_goes_on_as_if_nothing_had_been(AfPacketMode mode)
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort old = wire.Open(mode);
        foreach (int number in Enumerable.Range(1, 6))
        {
            wire.Inject(LiveWire.Frame(60, number));
        }

        List<byte[]> received = Take(old, 2);
        using (AfPacketPort next = AfPacketPort.Inherit("p", OptionsOf(wire, mode), Passed(old.Offer()!)))
        {
            old.Pause();
            _ = old.Yield();
        }

        old.Continue();
        received.AddRange(LiveWire.Receive(old, _pool, 4));
        Assert.Equal(Enumerable.Range(1, 6).Select(number => Convert.ToHexString(LiveWire.Frame(60, number))), received.Select(Convert.ToHexString));
    }

    [Fact]
    public void A_device_that_was_made_again_meanwhile_is_opened_by_the_heir_itself()
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort old = wire.Open();
        using AfPacketPort next = AfPacketPort.Inherit("p", OptionsOf(wire, AfPacketMode.LowLatency), Passed(old.Offer()!));
        wire.Switch.Ip("link", "del", "sw");
        wire.Switch.AddVeth("sw", wire.Far, "far");
        Assert.True(Wait.Until(() => Poll(old) && old.Status == PortStatus.Up, TimeSpan.FromSeconds(30)));
        old.Pause();
        next.Begin(old.Yield());
        Assert.True(Wait.Until(() => Poll(next) && next.Status == PortStatus.Up, TimeSpan.FromSeconds(30)), next.LastError);
        Assert.Equal(1518, next.Capabilities.MaxFrameBytes);
    }

    [Fact]
    public void An_offer_that_is_none_is_refused()
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        using AfPacketPort old = wire.Open();
        PortHandover good = old.Offer()!;
        AfPacketOptions options = OptionsOf(wire, AfPacketMode.LowLatency);
        long[][] layouts = [[1], [1, good.Layout[1] + 1, 1, 2048, 2048], [1, good.Layout[1], 1, 4096, 2048], [1, good.Layout[1], 1, -1, 2048], [1, good.Layout[1], 2, 1 << 20], [1, good.Layout[1], 7, 1, 1], [1, good.Layout[1]]];
        foreach (long[] layout in layouts)
        {
            Assert.Throws<IOException>(() => AfPacketPort.Inherit("p", options, Passed(good with { Layout = layout })));
        }

        Assert.Throws<IOException>(() => AfPacketPort.Inherit("p", options, good with { Descriptors = [] }));
        // And a place in the ring that does not exist: the heir opens the device for itself.
        using AfPacketPort next = AfPacketPort.Inherit("p", options, Passed(good));
        next.Begin([good.Layout[0], 1 << 24]);
        Assert.True(Wait.Until(() => Poll(next) && next.Status == PortStatus.Up, TimeSpan.FromSeconds(30)), next.LastError);
    }

    [Theory]
    [InlineData(TapOffloads.None, TapOffloads.None)]
    [InlineData(TapOffloads.All, TapOffloads.All)]
    [InlineData(TapOffloads.None, TapOffloads.All)]
    [InlineData(TapOffloads.All, TapOffloads.None)]
    public void Queues_of_a_tap_device_go_with_it_and_the_device_never_vanishes(TapOffloads offloads, TapOffloads nextOffloads)
    {
        LiveRequirements.Need();
        LiveRequirements.NeedTap();
        using var space = NetNamespace.Create();
        var options = new TapOptions { Device = "tap0", NetworkNamespace = space.Name, MultiQueue = true, Offloads = offloads };
        using var old = new TapPort("t", options);
        using IPort oldQueue = old.TryOpenQueue()!;
        string index = space.Ip("-o", "link", "show", "tap0").Output.Split(':')[0];
        PortHandover offer = old.Offer()!;
        Assert.Equal(2, offer.Descriptors.Count);
        using TapPort next = TapPort.Inherit("t", options with { Offloads = nextOffloads }, Passed(offer));
        using IPort nextQueue = next.TryOpenQueue()!;
        // One that was not handed over is opened anew, and is as those that are there.
        using IPort newQueue = next.TryOpenQueue()!;
        old.Pause();
        next.Begin(old.Yield());
        oldQueue.Dispose();
        old.Dispose();
        Assert.Equal(index, space.Ip("-o", "link", "show", "tap0").Output.Split(':')[0]);
        // A change of the address would take the neighbour away.
        space.SetMac("tap0", "02:00:00:00:00:01");
        space.AddAddress("tap0", "10.0.0.1/24");
        space.Ip("neigh", "add", "10.0.0.9", "lladdr", "02:00:00:00:00:09", "dev", "tap0");
        IPort[] queues = [next, nextQueue, newQueue];
        // The kernel answers through the queue that it was asked through.
        Assert.All(queues, queue => Assert.True(Wait.Until(() => Echo(queue, queues), TimeSpan.FromSeconds(30)), $"{Array.IndexOf(queues, queue)}"));
        Assert.Equal(0, queues.Sum(queue => queue.Counters.ReceivedGsoInvalid + queue.Counters.ReceivedOversize));
        // The queue is as it was opened, and only what both have agreed on is left to do.
        Assert.Equal(offloads == nextOffloads && offloads == TapOffloads.All, next.Capabilities.TakesSuperframes);
    }

    [Fact]
    public void An_xdp_socket_is_let_go_of_and_the_heir_takes_the_device()
    {
        LiveRequirements.Need();
        using var wire = new LiveWire();
        AfXdpPort? opened = null;
        try
        {
            opened = wire.OpenXdp();
        }
        catch (IOException refused)
        {
            Assert.Skip($"AF_XDP does not work here: {refused.Message}");
        }

        using AfXdpPort old = opened!;
        Assert.Null(old.Offer());
        using AfXdpPort next = AfXdpPort.Succeed("p", new AfXdpOptions { Device = "sw", NetworkNamespace = wire.Switch.Name });
        old.Pause();
        next.Begin(old.Yield());
        Assert.Equal(PortStatus.Down, old.Status);
        Assert.True(Wait.Until(() => Poll(next) && next.Status == PortStatus.Up, TimeSpan.FromSeconds(30)), next.LastError);
        wire.Inject(LiveWire.Frame(60, 1));
        Assert.Single(LiveWire.Receive(next, _pool, 1));
    }

    /// <summary>Asks the kernel for an echo (RFC 792) through one queue and reads all.</summary>
    /// <returns>True if the answer came to the same queue, octet by octet.</returns>
    private bool Echo(IPort through, IPort[] all)
    {
        byte[] request = Convert.FromHexString("020000000001020000000009" + "0800" + "4500003c0000000040010000" + "0a0000090a000001" + "0800000012340001" + string.Concat(Enumerable.Repeat("5a", 32)));
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(24), InternetChecksum.Compute(request.AsSpan(14, 20)));
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(36), InternetChecksum.Compute(request.AsSpan(34)));
        Assert.True(_pool.TryRent(out Packet packet));
        Assert.True(_pool.TrySetLength(ref packet, request.Length));
        request.CopyTo(_pool.Bytes(packet));
        _ = through.Send(_pool, [packet], Timestamp.FromMonotonicClock());
        _pool.Return(packet);
        bool isAnswered = false;
        var burst = new Packet[32];
        foreach (IPort port in all)
        {
            int received = port.Receive(_pool, burst, Timestamp.FromMonotonicClock());
            for (int i = 0; i < received; i++)
            {
                byte[] frame = _pool.Bytes(burst[i]).ToArray();
                isAnswered |= port == through && frame.Length == request.Length && Convert.ToHexString(frame).StartsWith("0200000000090200000000010800", StringComparison.Ordinal)
                    && frame[34] == 0 && frame.AsSpan(38).SequenceEqual(request.AsSpan(38));
            }

            _pool.Return(burst.AsSpan(0, received));
        }

        return isAnswered;
    }

    /// <summary>What arrives at another process: copies of the descriptors.</summary>
    private static PortHandover Passed(PortHandover offer)
    {
        using var pair = new ChannelPair();
        pair.Left.Send([], [.. offer.Descriptors], TimeSpan.FromSeconds(10));
        return offer with { Descriptors = pair.Right.Receive(0, TimeSpan.FromSeconds(10)).Descriptors };
    }

    private static AfPacketOptions OptionsOf(LiveWire wire, AfPacketMode mode) => new() { Device = "sw", NetworkNamespace = wire.Switch.Name, Mode = mode };

    private List<byte[]> Take(AfPacketPort port, int count)
    {
        var frames = new List<byte[]>();
        var burst = new Packet[1];
        Assert.True(Wait.Until(
            () =>
            {
                while (frames.Count < count && port.Receive(_pool, burst, Timestamp.FromMonotonicClock()) > 0)
                {
                    frames.Add(_pool.Bytes(burst[0]).ToArray());
                    _pool.Return(burst);
                }

                return frames.Count == count;
            },
            TimeSpan.FromSeconds(30)));
        return frames;
    }

    private bool Poll(IPort port)
    {
        var burst = new Packet[32];
        _pool.Return(burst.AsSpan(0, port.Receive(_pool, burst, Timestamp.FromMonotonicClock())));
        return true;
    }
}
