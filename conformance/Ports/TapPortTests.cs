using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

[Trait(Kind.Key, Kind.Live)]
public sealed class TapPortTests
{
    [Fact]
    public void The_kernel_pings_a_host_that_exists_only_behind_the_tap_device()
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedTap();
        using var space = NetNamespace.Create();
        using var port = new TapPort("t", new TapOptions { Device = "tap0", NetworkNamespace = space.Name });
        space.AddAddress("tap0", "10.0.0.1/24");
        space.Ip("neigh", "add", "10.0.0.9", "lladdr", "02:00:00:00:00:09", "dev", "tap0");
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64 });
        using RunningCommand ping = space.Start("ping", "-c3", "-i0.05", "-W2", "-s1400", "10.0.0.9");

        var burst = new Packet[8];
        Assert.True(Wait.Until(() =>
        {
            Timestamp now = Timestamp.FromMonotonicClock();
            int received = port.Receive(pool, burst, now);
            for (int i = 0; i < received; i++)
            {
                Reflect(pool.Bytes(burst[i]));
            }

            port.Send(pool, burst.AsSpan(0, received), now);
            pool.Return(burst.AsSpan(0, received));
            return ping.HasExited;
        }, TimeSpan.FromSeconds(10)));

        CommandResult result = ping.WaitForExit(TimeSpan.FromSeconds(1));
        Assert.Contains("3 received", result.Output);
        Assert.Equal(0, port.Counters.SendRefused);
    }

    [Fact]
    public void Two_kernels_behind_tap_devices_talk_TCP_with_each_other()
    {
        LiveRequirements.Need("iperf3");
        LiveRequirements.NeedTap();
        using var left = NetNamespace.Create();
        using var right = NetNamespace.Create();
        using var a = new TapPort("a", new TapOptions { Device = "tap0", NetworkNamespace = left.Name, Mtu = 9000 });
        using var b = new TapPort("b", new TapOptions { Device = "tap0", NetworkNamespace = right.FilePath, Mtu = 9000 });
        left.AddAddress("tap0", "10.0.0.1/24");
        right.AddAddress("tap0", "10.0.0.2/24");
        string? complaint = null;
        using var forwarder = new SoftwareForwarder(a, b, bufferBytes: 9216) { Inspect = frame => complaint ??= NaiveChecksum.Complaint(frame.Span) };
        using RunningCommand server = right.Start("iperf3", "-s", "-1", "--forceflush");
        Assert.True(server.WaitForOutput("listening", TimeSpan.FromSeconds(30)));

        Assert.True(left.Run("iperf3", "-c", "10.0.0.2", "-n", "20M").Succeeded);
        Assert.Null(complaint);
        Assert.Equal(9014, forwarder.LongestFrame);
        Assert.Equal(9018, a.Capabilities.MaxFrameBytes);
    }

    [Fact]
    public void A_device_that_is_removed_is_made_again()
    {
        LiveRequirements.Need();
        LiveRequirements.NeedTap();
        using var space = NetNamespace.Create();
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64 });
        using var port = new TapPort("t", new TapOptions { Device = "tap0", NetworkNamespace = space.Name });
        var burst = new Packet[8];
        bool Is(PortStatus status)
        {
            pool.Return(burst.AsSpan(0, port.Receive(pool, burst, Timestamp.FromMonotonicClock())));
            return port.Status == status;
        }

        Assert.True(Is(PortStatus.Up));
        space.Ip("link", "set", "tap0", "down");
        Assert.True(Wait.Until(() => Is(PortStatus.Down), TimeSpan.FromSeconds(3)));
        space.Ip("link", "set", "tap0", "up");
        Assert.True(Wait.Until(() => Is(PortStatus.Up), TimeSpan.FromSeconds(3)));

        space.Ip("link", "del", "tap0");
        Assert.True(Wait.Until(() => Is(PortStatus.Up) && Command.Run("ip", "-n", space.Name, "link", "show", "tap0").Succeeded, TimeSpan.FromSeconds(3)));
        Packet[] frames = LiveWire.Rent(pool, LiveWire.Frame(60, 1), LiveWire.Frame(1600, 2), new byte[5]);
        Assert.Equal(3, port.Send(pool, frames, Timestamp.FromMonotonicClock()));
        Assert.Equal((1, 1, 1), (port.Counters.SentFrames, port.Counters.SendOversize, port.Counters.SendRejected));
    }

    [Fact]
    public void A_frame_longer_than_the_pools_buffers_is_counted_not_cut()
    {
        LiveRequirements.Need("ping");
        LiveRequirements.NeedTap();
        using var space = NetNamespace.Create();
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 4, BufferBytes = 640, HeadroomBytes = 128 });
        using var port = new TapPort("t", new TapOptions { Device = "tap0", NetworkNamespace = space.Name });
        space.AddAddress("tap0", "10.0.0.1/24");
        space.Ip("neigh", "add", "10.0.0.9", "lladdr", "02:00:00:00:00:09", "dev", "tap0");
        // 14 + 20 + 8 bytes of headers in front: one frame of exactly 512 bytes and one of 513.
        space.Run("ping", "-c1", "-W0.1", "-s470", "10.0.0.9");
        space.Run("ping", "-c1", "-W0.1", "-s471", "10.0.0.9");

        Assert.Equal([512], LiveWire.Receive(port, pool, 1).Select(frame => frame.Length));
        Assert.True(Wait.Until(() => port.Receive(pool, new Packet[4], Timestamp.FromMonotonicClock()) == 0 && port.Counters.ReceivedOversize == 1, TimeSpan.FromSeconds(2)));
    }

    /// <summary>Turns an echo request into its reply: addresses change places, the type becomes 0 and the checksum follows (RFC 1624).</summary>
    private static void Reflect(Span<byte> frame)
    {
        Swap(frame, 0, 6, 6);
        Swap(frame, 26, 30, 4);
        frame[34] = 0;
        int sum = BinaryPrimitives.ReadUInt16BigEndian(frame[36..]) + 0x0800;
        BinaryPrimitives.WriteUInt16BigEndian(frame[36..], (ushort)(sum + (sum >> 16)));
    }

    private static void Swap(Span<byte> frame, int first, int second, int length)
    {
        for (int i = 0; i < length; i++)
        {
            (frame[first + i], frame[second + i]) = (frame[second + i], frame[first + i]);
        }
    }
}
