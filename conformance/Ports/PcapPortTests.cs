using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

public sealed class PcapPortTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-pcap-").FullName;
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 64, BufferBytes = 4096 });

    [Theory]
    [Trait(Kind.Key, Kind.Corpus)]
    [InlineData("kernel-vxlan-ipv4.pcap", "out.pcap")]
    [InlineData("kernel-vxlan-ipv6.pcapng", "out.pcapng")]
    [InlineData("ovs-vlan.pcap", "out.pcapng")]
    [InlineData("kernel-vxlan-ipv6.pcapng", "out.pcap")]
    public void A_capture_replayed_into_another_is_the_same_to_tshark(string capture, string copy)
    {
        LiveRequirements.NeedPrograms("tshark");
        string source = Repository.File($"pcaps/{capture}");
        string written = Path.Combine(_folder, copy);
        using (var port = new PcapPort("replay", new PcapPortOptions { ReadPath = source, WritePath = written }))
        {
            var burst = new Packet[7];
            while (port.Status != PortStatus.Ended)
            {
                // One instant at a time: frames of later instants are not there yet.
                Timestamp now = port.NextArrival;
                int received = port.Receive(_pool, burst, now);
                Assert.True(received > 0);
                Assert.Equal(received, port.Send(_pool, burst.AsSpan(0, received), now));
                _pool.Return(burst.AsSpan(0, received));
            }

            Assert.Null(port.Error);
            Assert.Equal((port.Counters.ReceivedFrames, port.Counters.ReceivedBytes), (port.Counters.SentFrames, port.Counters.SentBytes));
        }

        Assert.Equal(Judge(source), Judge(written));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_capture_cut_anywhere_delivers_what_is_whole_and_says_where_it_broke()
    {
        byte[] whole = File.ReadAllBytes(Repository.File("pcaps/ovs-vlan.pcap"));
        int frames = Replay(whole, out string? error);
        Assert.Null(error);
        Assert.True(frames > 10);

        int last = 0;
        for (int length = 24; length < whole.Length; length += 101)
        {
            int delivered = Replay(whole[..length], out error);
            Assert.InRange(delivered, last, frames - 1);
            Assert.True(error is null || error.Contains(" at byte "), error);
            last = delivered;
        }

        Assert.NotNull(error);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Files_that_are_no_captures_of_Ethernet_are_refused_when_opened()
    {
        byte[] whole = File.ReadAllBytes(Repository.File("pcaps/ovs-vlan.pcap"));
        byte[] foreign = [.. whole];
        // Link type 101, raw IP.
        foreign[20] = 101;
        Assert.Contains("not Ethernet", Assert.Throws<InvalidDataException>(() => Replay(foreign, out _)).Message);
        Assert.Contains(" at byte 0", Assert.Throws<InvalidDataException>(() => Replay([.. "no capture, but long enough to be one"u8], out _)).Message);
        Assert.Throws<InvalidDataException>(() => Replay([], out _));
        Assert.ThrowsAny<IOException>(() => new PcapPort("p", new PcapPortOptions { ReadPath = Path.Combine(_folder, "missing.pcap") }));
        string same = Path.Combine(_folder, "same.pcap");
        Assert.Throws<ArgumentException>(() => new PcapPort("p", new PcapPortOptions { ReadPath = same, WritePath = same }));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_frame_longer_than_the_pools_buffers_is_counted_and_passed_over()
    {
        using var small = new PacketPool(new PacketPoolOptions { Buffers = 4, BufferBytes = 256, HeadroomBytes = 128 });
        using var port = new PcapPort("p", new PcapPortOptions { ReadPath = Repository.File("pcaps/kernel-vxlan-ipv4.pcap") });
        var burst = new Packet[4];
        int received;
        while ((received = port.Receive(small, burst, Timestamp.MaxValue)) > 0)
        {
            small.Return(burst.AsSpan(0, received));
        }

        Assert.Equal(PortStatus.Ended, port.Status);
        Assert.True(port.Counters.ReceivedOversize > 0);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_disk_that_fails_refuses_frames_and_says_why_but_throws_nothing()
    {
        LiveRequirements.NeedPrograms("mkfifo", "head");
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Assert.ThrowsAny<IOException>(() => new PcapPort("p", new PcapPortOptions { WritePath = "/dev/full" }));

        // A reader that leaves after the header stands for a disk that fills up later.
        string pipe = Path.Combine(_folder, "pipe.pcap");
        Command.Run("mkfifo", pipe).Required();
        using RunningCommand reader = Command.Start("head", "-c", "24", pipe);
        var port = new PcapPort("p", new PcapPortOptions { WritePath = pipe });
        reader.WaitForExit(TimeSpan.FromSeconds(5));
        Packet[] burst = LiveWire.Rent(_pool, new byte[1500], new byte[1500], new byte[1500]);
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(3, port.Send(_pool, burst, Timestamp.FromSeconds(1)));
        }

        Assert.NotNull(port.Error);
        Assert.Equal(600, port.Counters.SentFrames + port.Counters.SendRejected);
        Assert.InRange(port.Counters.SendRejected, 1, 599);
        port.Dispose();
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Replaying_allocates_nothing()
    {
        string source = Path.Combine(_folder, "long.pcap");
        byte[] whole = File.ReadAllBytes(Repository.File("pcaps/ovs-vlan.pcap"));
        using (FileStream file = File.Create(source))
        {
            file.Write(whole);
            while (file.Length < 16 << 20)
            {
                file.Write(whole.AsSpan(24));
            }
        }

        using var port = new PcapPort("p", new PcapPortOptions { ReadPath = source, WritePath = Path.Combine(_folder, "copy.pcap") });
        var burst = new Packet[16];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                int received = port.Receive(_pool, burst, Timestamp.MaxValue);
                port.Send(_pool, burst.AsSpan(0, received), Timestamp.FromSeconds(1));
                _pool.Return(burst.AsSpan(0, received));
            }
        }));
        Assert.Equal(32_000, port.Counters.ReceivedFrames);
    }

    public void Dispose()
    {
        _pool.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Judge(string capture) => Command.Run("tshark", "-r", capture, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.protocols", "-e", "eth.src", "-e", "ip.checksum", "-e", "udp.checksum", "-e", "icmp.checksum").Required().Output;

    private int Replay(byte[] capture, out string? error)
    {
        string path = Path.Combine(_folder, "in.pcap");
        File.WriteAllBytes(path, capture);
        using var port = new PcapPort("p", new PcapPortOptions { ReadPath = path });
        var burst = new Packet[16];
        int frames = 0;
        int received;
        while ((received = port.Receive(_pool, burst, Timestamp.MaxValue)) > 0)
        {
            frames += received;
            _pool.Return(burst.AsSpan(0, received));
        }

        Assert.Equal(PortStatus.Ended, port.Status);
        Assert.Equal(Timestamp.MaxValue, port.NextArrival);
        error = port.Error;
        return frames;
    }
}
