using System.Net;
using System.Net.Sockets;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>
/// Two namespaces joined by a veth pair: the port under test at one end (device <c>sw</c>), a plain packet socket and
/// tcpdump, which share no code with it, at the other (device <c>far</c>).
/// </summary>
internal sealed class LiveWire : IDisposable
{
    private readonly Socket _raw;

    public LiveWire(int mtu = 1500)
    {
        Switch = NetNamespace.Create();
        Far = NetNamespace.Create();
        Switch.AddVeth("sw", Far, "far", mtu);
        int index = int.Parse(Far.Ip("-o", "link", "show", "far").Output.Split(':')[0]);
        // Without a protocol this socket receives nothing, it only sends.
        _raw = Far.Invoke(() => new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.IP));
        _raw.Bind(new LinkEndPoint(index));
    }

    public NetNamespace Switch { get; }

    public NetNamespace Far { get; }

    public AfPacketPort Open(AfPacketMode mode = AfPacketMode.LowLatency, int ringBytes = 4 << 20) =>
        new("p", new AfPacketOptions { Device = "sw", NetworkNamespace = Switch.Name, Mode = mode, RingBytes = ringBytes });

    /// <summary>The same end through AF_XDP.</summary>
    public AfXdpPort OpenXdp() => new("p", new AfXdpOptions { Device = "sw", NetworkNamespace = Switch.Name });

    /// <summary>Sends a frame from the far end.</summary>
    public void Inject(byte[] frame) => Assert.Equal(frame.Length, _raw.Send(frame));

    /// <summary>Runs an action and returns the frames that tcpdump saw arriving at the far end meanwhile.</summary>
    public List<byte[]> Captured(int count, Action action)
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Far.Name}.pcap");
        try
        {
            using RunningCommand tcpdump = Far.Start("tcpdump", "-i", "far", "-Q", "in", "-U", "--immediate-mode", "-s", "0", "-c", $"{count}", "-w", file);
            Assert.True(tcpdump.WaitForOutput("listening on", TimeSpan.FromSeconds(30)), tcpdump.Error);
            action();
            tcpdump.WaitForExit(TimeSpan.FromSeconds(3));
            var frames = new List<byte[]>();
            using PcapReader reader = PcapReader.Open(file);
            while (reader.TryRead(out PcapPacket packet))
            {
                frames.Add(packet.Data.ToArray());
            }

            return frames;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Receives until a number of frames has come or two seconds have passed.</summary>
    public static List<byte[]> Receive(IPort port, PacketPool pool, int count)
    {
        var frames = new List<byte[]>();
        var burst = new Packet[32];
        Wait.Until(() =>
        {
            int received;
            while ((received = port.Receive(pool, burst, Timestamp.FromMonotonicClock())) > 0)
            {
                frames.AddRange(burst.Take(received).Select(packet => pool.Bytes(packet).ToArray()));
                pool.Return(burst.AsSpan(0, received));
            }

            return frames.Count >= count;
        }, TimeSpan.FromSeconds(2));
        return frames;
    }

    /// <summary>Rents a packet for each frame.</summary>
    public static Packet[] Rent(PacketPool pool, params byte[][] frames)
    {
        var packets = new Packet[frames.Length];
        for (int i = 0; i < frames.Length; i++)
        {
            Assert.True(pool.TryRent(out packets[i]));
            Assert.True(pool.TrySetLength(ref packets[i], frames[i].Length));
            frames[i].CopyTo(pool.Bytes(packets[i]));
        }

        return packets;
    }

    /// <summary>A frame of IEEE's experimental EtherType with a body that tells frames apart.</summary>
    public static byte[] Frame(int length, int seed, params ushort[] tags)
    {
        byte[] frame = new byte[length];
        new Random(seed).NextBytes(frame);
        Convert.FromHexString("0200000000020200000000AA").CopyTo(frame, 0);
        int at = 12;
        foreach (ushort tag in tags)
        {
            // The outer of several tags is a service tag (IEEE 802.1Q 9.5).
            int tpid = tags.Length > 1 && at == 12 ? 0x88A8 : 0x8100;
            frame[at] = (byte)(tpid >> 8);
            frame[at + 1] = (byte)tpid;
            frame[at + 2] = (byte)(tag >> 8);
            frame[at + 3] = (byte)tag;
            at += 4;
        }

        frame[at] = 0x88;
        frame[at + 1] = 0xB5;
        return frame;
    }

    public void Dispose()
    {
        _raw.Dispose();
        Far.Dispose();
        Switch.Dispose();
    }

    /// <summary>struct sockaddr_ll, which .NET has no end point for.</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20);
            for (int i = 0; i < 4; i++)
            {
                address[4 + i] = (byte)(index >> (8 * i));
            }

            return address;
        }
    }
}
