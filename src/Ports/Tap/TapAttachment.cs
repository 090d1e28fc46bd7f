using Weft.Ports.Linux;

namespace Weft.Ports.Tap;

/// <summary>The descriptor that is the other end of a TAP device's cable.</summary>
internal sealed unsafe class TapAttachment : DeviceAttachment
{
    private TapAttachment(NetworkDevice device, DeviceState state, int descriptor, bool isMultiQueue)
        : base(device, state) => (Descriptor, IsMultiQueue) = (descriptor, isMultiQueue);

    public int Descriptor { get; }

    /// <summary>True if other descriptors can have queues of the device as well.</summary>
    public bool IsMultiQueue { get; }

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
            bool isMultiQueue = Claim(descriptor, options.Device, options.MultiQueue);
            device = new NetworkDevice(options.Device);
            if (options.Mtu != 0)
            {
                device.SetMtu(options.Mtu);
            }

            device.SetUp();
            return new TapAttachment(device, device.Read(), descriptor, isMultiQueue);
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
            return new TapAttachment(asked, state, descriptor, isMultiQueue);
        }

        asked.Dispose();
        _ = Libc.close(descriptor);
        throw new IOException($"{options.Device} is another device than the one that was handed over");
    });

    public override (long[] Layout, int[] Descriptors)? Offer() => ([State.Index, IsMultiQueue ? 1 : 0], [Descriptor]);

    public override void Dispose()
    {
        _ = Libc.close(Descriptor);
        base.Dispose();
    }

    /// <returns>True if the device has several queues.</returns>
    private static bool Claim(int descriptor, string name, bool multiQueue)
    {
        // struct ifreq. Without offloads the kernel cuts and completes before it hands over, so no description is needed.
        const int requestBytes = 40;
        byte* request = stackalloc byte[requestBytes];
        new Span<byte>(request, requestBytes).Clear();
        NetworkDevice.WriteName(name, new Span<byte>(request, 16));
        *(short*)(request + 16) = (short)(Libc.IFF_TAP | Libc.IFF_NO_PI | (multiQueue ? Libc.IFF_MULTI_QUEUE : 0));
        if (multiQueue && Libc.ioctl(descriptor, Libc.TUNSETIFF, request) >= 0)
        {
            return true;
        }

        // A device that exists already with one queue refuses to have more (EINVAL); any other trouble comes again.
        *(short*)(request + 16) = Libc.IFF_TAP | Libc.IFF_NO_PI;
        LinuxError.Check(Libc.ioctl(descriptor, Libc.TUNSETIFF, request), $"cannot make or attach to the TAP device {name}");
        return false;
    }
}
