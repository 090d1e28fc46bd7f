using Weft.Ports.Linux;
using Weft.Ports.Offload;

namespace Weft.Ports.Tap;

/// <summary>The descriptor that is the other end of a TAP device's cable.</summary>
internal sealed unsafe class TapAttachment : DeviceAttachment
{
    // struct ifreq
    private const int RequestBytes = 40;
    private const int FlagsAt = 16;
    private bool _refusesTcp;
    private bool _refusesUdp;

    private TapAttachment(NetworkDevice device, DeviceState state, int descriptor, bool isMultiQueue, TapOffloads? offloads)
        : base(device, state) => (Descriptor, IsMultiQueue, HasHeader, Offloads) = (descriptor, isMultiQueue, offloads is not null, offloads ?? TapOffloads.None);

    public int Descriptor { get; }

    /// <summary>True if other descriptors can have queues of the device as well.</summary>
    public bool IsMultiQueue { get; }

    /// <summary>True if a description of what is left to do stands in front of each frame.</summary>
    public bool HasHeader { get; }

    /// <summary>What is left to the other side, as far as it knows it.</summary>
    public TapOffloads Offloads { get; }

    public override bool TakesSuperframes => (Offloads & TapOffloads.Tso) != 0 && !_refusesTcp;

    public override bool TakesUdpSuperframes => (Offloads & TapOffloads.Uso) != 0 && !_refusesUdp;

    public override string Driver => "tap";

    public override int PollDescriptor => Descriptor;

    /// <summary>Makes the device, or attaches to it, and sets it up.</summary>
    /// <exception cref="IOException">The system refused something.</exception>
    public static TapAttachment Open(TapOptions options) => NetworkNamespace.Run(options.NetworkNamespace, () =>
    {
        int descriptor = LinuxError.Check(Libc.open("/dev/net/tun", Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC), "cannot open /dev/net/tun");
        NetworkDevice? device = null;
        try
        {
            bool isMultiQueue = Claim(descriptor, options.Device, options.MultiQueue, options.Offloads != TapOffloads.None);
            // A device that has queues already keeps the form that the first of them chose, whatever another one asks for.
            TapOffloads? offloads = HasDescription(descriptor) ? Agree(descriptor, options.Offloads) : null;
            device = new NetworkDevice(options.Device);
            if (options.Mtu != 0)
            {
                device.SetMtu(options.Mtu);
            }

            device.SetUp();
            return new TapAttachment(device, device.Read(), descriptor, isMultiQueue, offloads);
        }
        catch
        {
            device?.Dispose();
            _ = Libc.close(descriptor);
            throw;
        }
    });

    /// <summary>Goes on with a queue that another process has opened, and owns it from now on.</summary>
    /// <exception cref="IOException">The device is another one by now.</exception>
    public static TapAttachment Inherit(TapOptions options, int descriptor, long device, bool isMultiQueue) => NetworkNamespace.Run(options.NetworkNamespace, () =>
    {
        var asked = new NetworkDevice(options.Device);
        DeviceState state = asked.Read();
        if (state.Exists && state.Index == device)
        {
            // Whether there is a description was decided when the queue was opened; what it may say, its new owner decides.
            return new TapAttachment(asked, state, descriptor, isMultiQueue, HasDescription(descriptor) ? Agree(descriptor, options.Offloads) : null);
        }

        asked.Dispose();
        _ = Libc.close(descriptor);
        throw new IOException($"{options.Device} is another device than the one that was handed over");
    });

    /// <summary>With a word about the description, though the descriptor says it too: a version that knows of none refuses what it would misread.</summary>
    public override (long[] Layout, int[] Descriptors)? Offer() => (HasHeader ? [State.Index, IsMultiQueue ? 1 : 0, 1] : [State.Index, IsMultiQueue ? 1 : 0], [Descriptor]);

    /// <summary>The kernel refused a superframe: it gets no other of the kind.</summary>
    public void Refuse(SuperframeKind kind)
    {
        _refusesTcp |= kind == SuperframeKind.Tcp;
        _refusesUdp |= kind != SuperframeKind.Tcp;
    }

    public override void Dispose()
    {
        _ = Libc.close(Descriptor);
        base.Dispose();
    }

    /// <returns>True if the device has several queues.</returns>
    private static bool Claim(int descriptor, string name, bool multiQueue, bool hasHeader)
    {
        // struct ifreq. Without a description the kernel cuts and completes before it hands over.
        byte* request = stackalloc byte[RequestBytes];
        new Span<byte>(request, RequestBytes).Clear();
        NetworkDevice.WriteName(name, new Span<byte>(request, FlagsAt));
        int flags = Libc.IFF_TAP | Libc.IFF_NO_PI | (hasHeader ? Libc.IFF_VNET_HDR : 0);
        *(short*)(request + FlagsAt) = (short)(flags | (multiQueue ? Libc.IFF_MULTI_QUEUE : 0));
        if (multiQueue && Libc.ioctl(descriptor, Libc.TUNSETIFF, request) >= 0)
        {
            return true;
        }

        // A device that exists already with one queue refuses to have more (EINVAL); any other trouble comes again.
        *(short*)(request + FlagsAt) = (short)flags;
        LinuxError.Check(Libc.ioctl(descriptor, Libc.TUNSETIFF, request), $"cannot make or attach to the TAP device {name}");
        return false;
    }

    /// <summary>Tells the kernel what it may leave to us.</summary>
    /// <returns>What of it this kernel knows.</returns>
    private static TapOffloads Agree(int descriptor, TapOffloads wanted)
    {
        int length = VirtioNetHeader.Length;
        LinuxError.Check(Libc.ioctl(descriptor, Libc.TUNSETVNETHDRSZ, &length), "cannot set the length of descriptions of a TAP device");
        foreach (TapOffloads some in (ReadOnlySpan<TapOffloads>)[wanted, wanted & ~TapOffloads.Uso])
        {
            if (Libc.ioctl(descriptor, Libc.TUNSETOFFLOAD, (void*)Bits(some)) >= 0)
            {
                return some;
            }
        }

        LinuxError.Check(Libc.ioctl(descriptor, Libc.TUNSETOFFLOAD, null), "cannot set the offloads of a TAP device");
        return TapOffloads.None;
    }

    private static nuint Bits(TapOffloads offloads) =>
        ((offloads & TapOffloads.Checksum) != 0 ? Libc.TUN_F_CSUM : 0)
        | ((offloads & TapOffloads.Tso) != 0 ? Libc.TUN_F_TSO4 | Libc.TUN_F_TSO6 | Libc.TUN_F_TSO_ECN : 0)
        | ((offloads & TapOffloads.Uso) != 0 ? Libc.TUN_F_USO4 | Libc.TUN_F_USO6 : 0);

    private static bool HasDescription(int descriptor)
    {
        byte* request = stackalloc byte[RequestBytes];
        new Span<byte>(request, RequestBytes).Clear();
        LinuxError.Check(Libc.ioctl(descriptor, Libc.TUNGETIFF, request), "cannot ask a TAP device how it was opened");
        return (*(short*)(request + FlagsAt) & Libc.IFF_VNET_HDR) != 0;
    }
}
