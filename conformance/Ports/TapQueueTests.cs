using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>Several handles to one device, each for a thread of its own.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class TapQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_flow_comes_to_the_queue_that_sends_its_answers_and_to_no_other()
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedTap();
        using var space = NetNamespace.Create();
        using var first = new TapPort("t", new TapOptions { Device = "tap0", NetworkNamespace = space.Name, MultiQueue = true });
        using TapPort second = Assert.IsType<TapPort>(first.TryOpenQueue());
        space.AddAddress("tap0", "10.0.0.1/24");
        space.Ip("neigh", "add", "10.0.0.9", "lladdr", "02:00:00:00:00:09", "dev", "tap0");
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64 });
        using RunningCommand ping = space.Start("ping", "-c20", "-i0.05", "-W5", "10.0.0.9");
        var burst = new Packet[8];
        int answered = 0;
        long before = 0;
        Assert.True(Wait.Until(
            () =>
            {
                Timestamp now = Timestamp.FromMonotonicClock();
                foreach (IPort from in (IPort[])[first, second])
                {
                    int received = from.Receive(pool, burst, now);
                    for (int i = 0; i < received; i++)
                    {
                        Answer(pool.Bytes(burst[i]));
                    }

                    // Whoever received, the second answers: from then on the flow is its.
                    answered += second.Send(pool, burst.AsSpan(0, received), now);
                    pool.Return(burst.AsSpan(0, received));
                }

                before = answered == 1 ? first.Counters.ReceivedFrames : before;
                return ping.HasExited;
            },
            Patience));
        Assert.Contains("20 received", ping.WaitForExit(TimeSpan.FromSeconds(1)).Output);
        // One at most was on its way when the first answer was sent.
        Assert.InRange(first.Counters.ReceivedFrames, before, before + 1);
        Assert.Equal(20, first.Counters.ReceivedFrames + second.Counters.ReceivedFrames);
        Assert.Equal((0, 20), (first.Counters.SentFrames, second.Counters.SentFrames));
    }

    [Fact]
    public void A_device_that_somebody_made_with_one_queue_is_used_with_one()
    {
        LiveRequirements.NeedTap();
        using var space = NetNamespace.Create();
        space.Ip("tuntap", "add", "tap0", "mode", "tap");
        using var port = new TapPort("t", new TapOptions { Device = "tap0", NetworkNamespace = space.Name, MultiQueue = true });
        Assert.Null(port.TryOpenQueue());
        // The kernel tells of a carrier when it gets to it: a device that was there before is down for a moment.
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64 });
        Assert.True(Wait.Until(() => port.Receive(pool, new Packet[1], Timestamp.FromMonotonicClock()) == 0 && port.Status == PortStatus.Up, Patience));
    }

    [Fact]
    public void A_packet_sockets_other_handle_sends_and_receives_nothing()
    {
        LiveRequirements.Need("ip");
        using var space = NetNamespace.Create();
        using var far = NetNamespace.Create();
        space.AddVeth("v0", far, "v1");
        using var first = new AfPacketPort("p", new AfPacketOptions { Device = "v0", NetworkNamespace = space.Name });
        using var distant = new AfPacketPort("q", new AfPacketOptions { Device = "v1", NetworkNamespace = far.Name });
        using IPort second = first.TryOpenQueue();
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64 });
        Assert.True(Wait.Until(() => Pass(second, distant) == 1 && Pass(distant, first) == 1, Patience));
        Assert.Equal(0, Take(second));
        Assert.Equal(-1, second.PollDescriptor);

        int Pass(IPort from, IPort to)
        {
            Assert.True(pool.TryRent(out Packet packet));
            Assert.True(pool.TrySetLength(ref packet, 60));
            pool.Bytes(packet).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(pool.Bytes(packet)[12..], 0x88B5);
            _ = from.Send(pool, [packet], Timestamp.FromMonotonicClock());
            pool.Return(packet);
            return Wait.Until(() => Take(to) > 0, TimeSpan.FromSeconds(1)) ? 1 : 0;
        }

        int Take(IPort port)
        {
            var burst = new Packet[8];
            int received = port.Receive(pool, burst, Timestamp.FromMonotonicClock());
            pool.Return(burst.AsSpan(0, received));
            return received;
        }
    }

    /// <summary>Makes an echo request the answer to it, checksums included.</summary>
    private static void Answer(Span<byte> frame)
    {
        Span<byte> swap = stackalloc byte[6];
        frame[..6].CopyTo(swap);
        frame[6..12].CopyTo(frame);
        swap.CopyTo(frame[6..]);
        Span<byte> addresses = stackalloc byte[4];
        frame.Slice(26, 4).CopyTo(addresses);
        frame.Slice(30, 4).CopyTo(frame[26..]);
        addresses.CopyTo(frame[30..]);
        frame[34] = 0;
        // The type went from 8 to 0, so the checksum goes up by as much (RFC 1624).
        uint sum = BinaryPrimitives.ReadUInt16BigEndian(frame[36..]) + 0x0800u;
        BinaryPrimitives.WriteUInt16BigEndian(frame[36..], (ushort)((sum & 0xFFFF) + (sum >> 16)));
    }
}
