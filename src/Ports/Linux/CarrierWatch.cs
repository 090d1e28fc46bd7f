namespace Weft.Ports.Linux;

/// <summary>
/// Asks devices for their link every ten milliseconds, in a thread of its own. The kernel gathers news of carriers and passes most of them
/// on once a second, so that the flags of a device may say for as long that it runs; to be asked for its link makes it look. The question
/// waits for the lock under which devices are configured, which no thread that forwards may do.
/// </summary>
internal static class CarrierWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private static readonly Lock Gate = new();
    private static readonly List<Watched> Devices = [];

    /// <summary>Starts to ask a device, until what is returned is disposed. Must run inside the device's network namespace.</summary>
    public static IDisposable Watch(string name)
    {
        var device = new Watched(name);
        lock (Gate)
        {
            Devices.Add(device);
            if (Devices.Count == 1)
            {
                new Thread(Run) { IsBackground = true, Name = "carriers" }.Start();
            }
        }

        return device;
    }

    private static void Run()
    {
        while (true)
        {
            Watched[] devices;
            lock (Gate)
            {
                devices = [.. Devices];
            }

            foreach (Watched device in devices)
            {
                device.Ask();
            }

            lock (Gate)
            {
                foreach (Watched gone in devices.Where(device => device.IsDisposed))
                {
                    gone.Close();
                    _ = Devices.Remove(gone);
                }

                if (Devices.Count == 0)
                {
                    return;
                }
            }

            Thread.Sleep(Interval);
        }
    }

    /// <summary>A device. Its socket is closed by the thread that uses it, so that nobody waits for that.</summary>
    private sealed unsafe class Watched(string name) : IDisposable
    {
        private const int NameBytes = 16;
        private const int RequestBytes = 40;
        private readonly int _socket = LinuxError.Check(Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0), "cannot open a control socket");
        private volatile bool _isDisposed;

        public bool IsDisposed => _isDisposed;

        public void Ask()
        {
            // struct ifreq that points at a struct ethtool_value. The answer is of no interest: once it is there the flags are right.
            byte* request = stackalloc byte[RequestBytes];
            uint* value = stackalloc uint[] { Libc.ETHTOOL_GLINK, 0 };
            new Span<byte>(request, RequestBytes).Clear();
            NetworkDevice.WriteName(name, new Span<byte>(request, NameBytes));
            *(uint**)(request + NameBytes) = value;
            _ = Libc.ioctl(_socket, Libc.SIOCETHTOOL, request);
        }

        public void Close() => _ = Libc.close(_socket);

        public void Dispose() => _isDisposed = true;
    }
}
