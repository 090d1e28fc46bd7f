using Weft.Ports.Linux;
using Weft.Ports.Offload;

namespace Weft.Ports.AfPacket;

/// <summary>
/// The sockets and the ring that tie a port to one incarnation of a device. A device that was removed and made again gets a
/// new attachment.
/// </summary>
internal sealed unsafe class AfPacketAttachment : IDisposable
{
    private const int SendBufferBytes = 16 << 20;
    private const int ReceiveBufferBytes = 16 << 20;
    private readonly NetworkDevice _device;
    private readonly ReceiveRing? _ring;
    private readonly IDisposable? _carrier;

    private AfPacketAttachment(NetworkDevice device, DeviceState state, AfPacketOptions options)
    {
        _device = device;
        State = state;
        Receiver = -1;
        Sender = -1;
        try
        {
            if (!options.SendsOnly)
            {
                // No protocol yet: nothing arrives before the ring is in place and the socket is tied to its device.
                Receiver = PacketSocket.Open();
                SetOption(Receiver, PacketSocket.SolPacket, PacketSocket.IgnoreOutgoing, 1, "PACKET_IGNORE_OUTGOING");
                SetOption(Receiver, PacketSocket.SolPacket, PacketSocket.CopyThreshold, 1, "PACKET_COPY_THRESH");
                SetOption(Receiver, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, ReceiveBufferBytes, "SO_RCVBUFFORCE");
                _ring = options.Mode == AfPacketMode.Throughput
                    ? BlockRing.Create(Receiver, options.RingBytes)
                    : FrameRing.Create(Receiver, options.RingBytes, state.Mtu + DeviceState.FramingBytes);
                Bind(Receiver, PacketSocket.EveryProtocol);
                PacketSocket.JoinPromiscuously(Receiver, State.Index, _device.Name);
                _carrier = CarrierWatch.Watch(options.Device);
            }

            // Frames leave through a socket of their own, finished: it needs no offload description in front of each.
            Sender = PacketSocket.Open();
            SetOption(Sender, PacketSocket.SolPacket, PacketSocket.QdiscBypass, 1, "PACKET_QDISC_BYPASS");
            SetOption(Sender, Libc.SOL_SOCKET, Libc.SO_SNDBUFFORCE, SendBufferBytes, "SO_SNDBUFFORCE");
            Bind(Sender, protocol: 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the device was when it was last asked.</summary>
    public DeviceState State { get; private set; }

    public int Receiver { get; }

    public int Sender { get; }

    public ReceiveRing Ring => _ring!;

    /// <summary>Attaches to a device; null if there is none of this name.</summary>
    /// <exception cref="IOException">The system refused something.</exception>
    public static AfPacketAttachment? TryOpen(AfPacketOptions options) => NetworkNamespace.Run(options.NetworkNamespace, () =>
    {
        var device = new NetworkDevice(options.Device);
        DeviceState state = device.Read();
        if (!state.Exists)
        {
            device.Dispose();
            return null;
        }

        if (!device.IsEthernet())
        {
            device.Dispose();
            throw new IOException($"{options.Device} is not an Ethernet device");
        }

        return new AfPacketAttachment(device, state, options);
    });

    /// <summary>Asks the device again.</summary>
    /// <returns>False if it is gone, even if another one took its name.</returns>
    public bool Refresh()
    {
        DeviceState now = _device.Read();
        bool same = now.Index == State.Index;
        State = now;
        return same;
    }

    /// <summary>Frames that the kernel dropped because the ring was full, since the last call; the kernel resets its counter.</summary>
    public uint TakeDrops()
    {
        // struct tpacket_stats_v3, of which V2 fills the first two: packets, drops.
        uint* statistics = stackalloc uint[3];
        int length = 3 * sizeof(uint);
        return Receiver >= 0 && Libc.getsockopt(Receiver, PacketSocket.SolPacket, PacketSocket.Statistics, statistics, &length) == 0 ? statistics[1] : 0;
    }

    /// <summary>Fetches the whole of a frame that did not fit its slot, offload description first.</summary>
    /// <returns>Its bytes with the description, which may be more than there is room for; 0 or less if there is none.</returns>
    public nint FetchCopy(byte* buffer, int room) =>
        Libc.recv(Receiver, buffer, room, Libc.MSG_DONTWAIT | Libc.MSG_TRUNC);

    public void Dispose()
    {
        _carrier?.Dispose();
        _ring?.Dispose();
        Close(Receiver);
        Close(Sender);
        _device.Dispose();
    }

    private static void Close(int descriptor)
    {
        if (descriptor >= 0)
        {
            _ = Libc.close(descriptor);
        }
    }

    private static void SetOption(int socket, int level, int option, int value, string name) =>
        LinuxError.Check(Libc.setsockopt(socket, level, option, &value, sizeof(int)), $"cannot set {name}");

    private void Bind(int socket, ushort protocol)
    {
        // struct sockaddr_ll
        const int addressBytes = 20;
        byte* address = stackalloc byte[addressBytes];
        new Span<byte>(address, addressBytes).Clear();
        *(ushort*)address = Libc.AF_PACKET;
        *(ushort*)(address + 2) = protocol;
        *(int*)(address + 4) = State.Index;
        LinuxError.Check(Libc.bind(socket, address, addressBytes), $"cannot tie a packet socket to {_device.Name}");
    }
}
