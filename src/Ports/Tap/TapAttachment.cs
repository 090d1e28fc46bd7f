using Weft.Ports.Linux;

namespace Weft.Ports.Tap;

/// <summary>The descriptor that is the other end of a TAP device's cable.</summary>
internal sealed unsafe class TapAttachment : IDisposable
{
    private readonly NetworkDevice _device;

    private TapAttachment(TapOptions options)
    {
        Descriptor = LinuxError.Check(Libc.open("/dev/net/tun", Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC), "cannot open /dev/net/tun");
        try
        {
            IsMultiQueue = Claim(options.Device, options.MultiQueue);
            _device = new NetworkDevice(options.Device);
            if (options.Mtu != 0)
            {
                _device.SetMtu(options.Mtu);
            }

            _device.SetUp();
            State = _device.Read();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Descriptor { get; }

    /// <summary>True if other descriptors can have queues of the device as well.</summary>
    public bool IsMultiQueue { get; }

    /// <summary>What the device was when it was last asked.</summary>
    public DeviceState State { get; private set; }

    public static TapAttachment Open(TapOptions options) => NetworkNamespace.Run(options.NetworkNamespace, () => new TapAttachment(options));

    /// <summary>Asks the device again.</summary>
    /// <returns>False if it is gone.</returns>
    public bool Refresh()
    {
        DeviceState now = _device.Read();
        bool same = now.Index == State.Index;
        State = now;
        return same;
    }

    public void Dispose()
    {
        _ = Libc.close(Descriptor);
        _device?.Dispose();
    }

    /// <returns>True if the device has several queues.</returns>
    private bool Claim(string name, bool multiQueue)
    {
        // struct ifreq. Without offloads the kernel cuts and completes before it hands over, so no description is needed.
        const int requestBytes = 40;
        byte* request = stackalloc byte[requestBytes];
        new Span<byte>(request, requestBytes).Clear();
        NetworkDevice.WriteName(name, new Span<byte>(request, 16));
        *(short*)(request + 16) = (short)(Libc.IFF_TAP | Libc.IFF_NO_PI | (multiQueue ? Libc.IFF_MULTI_QUEUE : 0));
        if (multiQueue && Libc.ioctl(Descriptor, Libc.TUNSETIFF, request) >= 0)
        {
            return true;
        }

        // A device that exists already with one queue refuses to have more (EINVAL); any other trouble comes again.
        *(short*)(request + 16) = Libc.IFF_TAP | Libc.IFF_NO_PI;
        LinuxError.Check(Libc.ioctl(Descriptor, Libc.TUNSETIFF, request), $"cannot make or attach to the TAP device {name}");
        return false;
    }
}
