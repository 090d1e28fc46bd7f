using Weft.Ports.AfPacket;
using Weft.Ports.Linux;

namespace Weft.Ports.AfXdp;

/// <summary>Program and sockets that tie a port to one incarnation of a device.</summary>
internal sealed class AfXdpAttachment : DeviceAttachment
{
    private const int PageBytes = 4096;
    private readonly XdpProgram? _program;
    private readonly int _promiscuous = -1;
    private readonly int _events = -1;
    private readonly IDisposable? _carrier;
    private ulong _lost;

    private AfXdpAttachment(NetworkDevice device, DeviceState state, string name)
        : base(device, state)
    {
        Sockets = [];
        try
        {
            FrameBytes = FrameBytesFor(state.Mtu) ?? throw new IOException($"{name} has an MTU of {state.Mtu}; AF_XDP takes {AfXdpPort.MaxMtu} at most");
            _program = new XdpProgram(state.Index, name);
            int queues = device.ReadQueues();
            for (int queue = 0; queue < queues; queue++)
            {
                Sockets.Add(new XdpSocket(state.Index, name, queue, FrameBytes));
                _program.Redirect(queue, Sockets[queue].Descriptor);
            }

            _events = Sockets.Count == 1 ? -1 : EventGroup.Of(Sockets.Select(socket => socket.Descriptor));
            _promiscuous = PacketSocket.HoldPromiscuous(state.Index, name);
            _carrier = CarrierWatch.Watch(name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The sockets, one a queue of the device.</summary>
    public List<XdpSocket> Sockets { get; }

    /// <summary>Bytes of the place of a frame.</summary>
    public int FrameBytes { get; }

    /// <summary>A descriptor that is readable when any queue has a frame.</summary>
    public override int PollDescriptor => _events >= 0 ? _events : Sockets[0].Descriptor;

    public override string Driver => $"af_xdp, {(_program!.IsNative ? "native" : "generic")}, {(Sockets[0].IsZeroCopy ? "zero-copy" : "copy")}";

    /// <summary>Attaches to a device; null if there is none of this name.</summary>
    /// <exception cref="IOException">The system refused something.</exception>
    public static AfXdpAttachment? TryOpen(AfXdpOptions options) => NetworkNamespace.Run(options.NetworkNamespace, () =>
    {
        var device = new NetworkDevice(options.Device);
        DeviceState state = device.Read();
        if (state.Exists && device.IsEthernet())
        {
            return new AfXdpAttachment(device, state, options.Device);
        }

        device.Dispose();
        return state.Exists ? throw new IOException($"{options.Device} is not an Ethernet device") : (AfXdpAttachment?)null;
    });

    public override bool Refresh() => base.Refresh() && FrameBytesFor(State.Mtu) <= FrameBytes;

    public override long TakeDrops()
    {
        ulong lost = 0;
        foreach (XdpSocket socket in Sockets)
        {
            lost += socket.Lost();
        }

        long news = (long)(lost - _lost);
        _lost = lost;
        return news;
    }

    public override void Dispose()
    {
        _carrier?.Dispose();
        // First the program: what arrives from now on is the kernel's.
        _program?.Dispose();
        Sockets.ForEach(socket => socket.Dispose());
        _ = _events >= 0 ? Libc.close(_events) : 0;
        _ = _promiscuous >= 0 ? Libc.close(_promiscuous) : 0;
        base.Dispose();
    }

    /// <summary>Bytes of the place of a frame of a device; null if its frames are too long.</summary>
    public static int? FrameBytesFor(int mtu)
    {
        // A frame with a VLAN tag stands in one page or half of one, behind what the kernel keeps in front of it.
        int needed = mtu + DeviceState.FramingBytes + XdpConstants.Headroom;
        return needed <= PageBytes / 2 ? PageBytes / 2 : mtu <= AfXdpPort.MaxMtu ? PageBytes : null;
    }
}
