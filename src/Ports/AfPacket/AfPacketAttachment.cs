using Weft.Ports.AfXdp;
using Weft.Ports.Linux;

namespace Weft.Ports.AfPacket;

/// <summary>The sockets and the ring that tie a port to one incarnation of a device.</summary>
internal sealed unsafe class AfPacketAttachment : DeviceAttachment
{
    private const int SendBufferBytes = 16 << 20;
    private const int ReceiveBufferBytes = 16 << 20;
    private readonly ReceiveRing? _ring;
    private readonly IDisposable? _carrier;
    private bool _cuts;
    private bool _cutsDatagrams;
    private bool _refusesDatagrams;

    private AfPacketAttachment(NetworkDevice device, DeviceState state, AfPacketOptions options, PortHandover? inherited)
        : base(device, state)
    {
        Receiver = -1;
        Sender = -1;
        try
        {
            if (!options.SendsOnly)
            {
                Receiver = inherited?.Descriptors[0] ?? PacketSocket.Open();
                _ring = inherited is null ? Prepare(options) : ReceiveRing.Open(Receiver, [.. inherited.Layout.Skip(2)]);
                _carrier = CarrierWatch.Watch(options.Device);
            }

            // Frames leave through a socket of their own, finished: it needs no offload description in front of each.
            Sender = PacketSocket.Open();
            SetOption(Sender, PacketSocket.SolPacket, PacketSocket.QdiscBypass, 1, "PACKET_QDISC_BYPASS");
            SetOption(Sender, Libc.SOL_SOCKET, Libc.SO_SNDBUFFORCE, SendBufferBytes, "SO_SNDBUFFORCE");
            Bind(Sender, protocol: 0);
            // Superframes go with a description in front, past the queueing discipline like all others, so that nothing overtakes them.
            SuperframeSender = PacketSocket.Open();
            SetOption(SuperframeSender, PacketSocket.SolPacket, PacketSocket.VnetHeader, 1, "PACKET_VNET_HDR");
            SetOption(SuperframeSender, PacketSocket.SolPacket, PacketSocket.QdiscBypass, 1, "PACKET_QDISC_BYPASS");
            SetOption(SuperframeSender, Libc.SOL_SOCKET, Libc.SO_SNDBUFFORCE, SendBufferBytes, "SO_SNDBUFFORCE");
            Bind(SuperframeSender, protocol: 0);
            Ask();
            FastSender = options.Mode == AfPacketMode.Throughput ? OpenFastSender() : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Receiver { get; }

    public int Sender { get; }

    /// <summary>For superframes.</summary>
    public int SuperframeSender { get; } = -1;

    /// <summary>
    /// For frames that fit its places, with less work a frame than a packet socket: the kernel is given descriptors, not messages. Null where none can be had. It occupies a queue of the
    /// device for AF_XDP, though only to send, so ports that share their device with others do without.
    /// </summary>
    public XdpSocket? FastSender { get; }

    public override bool TakesSuperframes => _cuts;

    public override bool TakesUdpSuperframes => _cuts && _cutsDatagrams && !_refusesDatagrams;

    public ReceiveRing Ring => _ring!;

    public override string Driver => "af_packet";

    public override int PollDescriptor => Receiver;

    /// <summary>Attaches to a device; null if there is none of this name.</summary>
    /// <exception cref="IOException">The system refused something.</exception>
    public static AfPacketAttachment? TryOpen(AfPacketOptions options) => TryOpen(options, inherited: null);

    /// <summary>Attaches with the ring that another process has made, and owns it from now on.</summary>
    /// <exception cref="IOException">The system refused something, or the device is another one by now.</exception>
    public static AfPacketAttachment Inherit(AfPacketOptions options, PortHandover handover)
    {
        if (handover.Descriptors.Count != 1 || handover.Layout.Count < 2)
        {
            throw new IOException("not what a packet socket is handed over with");
        }

        return TryOpen(options, handover) ?? throw new IOException($"there is no network device {options.Device}");
    }

    public override bool Refresh()
    {
        Ask();
        return base.Refresh();
    }

    /// <summary>
    /// The kernel refused a superframe: the device gets none of its kind until it is asked again. One that does not know the description, as
    /// before Linux 6.2 for those of UDP, says EINVAL, and will whenever it is asked.
    /// </summary>
    public void Refuse(SuperframeKind kind, int errno)
    {
        if (kind == SuperframeKind.Tcp)
        {
            _cuts = false;
            return;
        }

        _cutsDatagrams = false;
        _refusesDatagrams |= errno == Libc.EINVAL;
    }

    /// <summary>Frames that the kernel dropped because the ring was full, since the last call; the kernel resets its counter.</summary>
    public override long TakeDrops()
    {
        // struct tpacket_stats_v3, of which V2 fills the first two: packets, drops.
        uint* statistics = stackalloc uint[3];
        int length = 3 * sizeof(uint);
        return Receiver >= 0 && Libc.getsockopt(Receiver, PacketSocket.SolPacket, PacketSocket.Statistics, statistics, &length) == 0 ? statistics[1] : 0;
    }

    public override (long[] Layout, int[] Descriptors)? Offer() => _ring is null ? null : ([State.Index, .. _ring.Shape], [Receiver]);

    public override long[] Position() => Ring.Position;

    public override bool MoveTo(ReadOnlySpan<long> position) => Ring.MoveTo(position);

    /// <summary>Fetches the whole of a frame that did not fit its slot, offload description first.</summary>
    /// <returns>Its bytes with the description, which may be more than there is room for; 0 or less if there is none.</returns>
    public nint FetchCopy(byte* buffer, int room) =>
        Libc.recv(Receiver, buffer, room, Libc.MSG_DONTWAIT | Libc.MSG_TRUNC);

    public override void Dispose()
    {
        _carrier?.Dispose();
        _ring?.Dispose();
        Close(Receiver);
        Close(Sender);
        Close(SuperframeSender);
        FastSender?.Dispose();
        base.Dispose();
    }

    private static AfPacketAttachment? TryOpen(AfPacketOptions options, PortHandover? inherited) => NetworkNamespace.Run(options.NetworkNamespace, () =>
    {
        var device = new NetworkDevice(options.Device);
        DeviceState state = device.Read();
        string? obstacle = !state.Exists ? null
            : !device.IsEthernet() ? "is not an Ethernet device"
            : inherited is not null && inherited.Layout[1] != state.Index ? "is another device than the one that was handed over"
            : "";
        if (obstacle is "")
        {
            return new AfPacketAttachment(device, state, options, inherited);
        }

        device.Dispose();
        return obstacle is null ? (AfPacketAttachment?)null : throw new IOException($"{options.Device} {obstacle}");
    });

    private void Ask() => (_cuts, _cutsDatagrams) = (Device.CutsSegments(), Device.CutsDatagrams());

    /// <summary>At the first queue that no other socket has; null if all are taken, the device has longer frames, or the system has no such sockets for this process.</summary>
    private XdpSocket? OpenFastSender()
    {
        if (AfXdpAttachment.FrameBytesFor(State.Mtu) is not int frameBytes)
        {
            return null;
        }

        int queues = Device.ReadQueues();
        for (int queue = 0; queue < queues; queue++)
        {
            try
            {
                return new XdpSocket(State.Index, Device.Name, queue, frameBytes, sendsOnly: true);
            }
            catch (IOException)
            {
                // The next one, or packet sockets alone.
            }
        }

        return null;
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

    private ReceiveRing Prepare(AfPacketOptions options)
    {
        // No protocol yet: nothing arrives before the ring is in place and the socket is tied to its device.
        SetOption(Receiver, PacketSocket.SolPacket, PacketSocket.IgnoreOutgoing, 1, "PACKET_IGNORE_OUTGOING");
        SetOption(Receiver, PacketSocket.SolPacket, PacketSocket.CopyThreshold, 1, "PACKET_COPY_THRESH");
        SetOption(Receiver, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, ReceiveBufferBytes, "SO_RCVBUFFORCE");
        ReceiveRing ring = options.Mode == AfPacketMode.Throughput
            ? BlockRing.Create(Receiver, options.RingBytes)
            : FrameRing.Create(Receiver, options.RingBytes, State.Mtu + DeviceState.FramingBytes);
        try
        {
            Bind(Receiver, PacketSocket.EveryProtocol);
            PacketSocket.JoinPromiscuously(Receiver, State.Index, Device.Name);
            return ring;
        }
        catch
        {
            ring.Dispose();
            throw;
        }
    }

    private void Bind(int socket, ushort protocol)
    {
        // struct sockaddr_ll
        const int addressBytes = 20;
        byte* address = stackalloc byte[addressBytes];
        new Span<byte>(address, addressBytes).Clear();
        *(ushort*)address = Libc.AF_PACKET;
        *(ushort*)(address + 2) = protocol;
        *(int*)(address + 4) = State.Index;
        LinuxError.Check(Libc.bind(socket, address, addressBytes), $"cannot tie a packet socket to {Device.Name}");
    }
}
