using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Ports.Linux;

/// <summary>
/// A network device by name, asked through a socket that was opened in the device's namespace. Answers and the request
/// buffer are preallocated: asking allocates nothing.
/// </summary>
internal sealed unsafe class NetworkDevice : IDisposable
{
    /// <summary>Characters of a device name, IFNAMSIZ less its terminator.</summary>
    public const int MaxNameLength = 15;

    private const int NameBytes = 16;
    private const int RequestBytes = 40;
    private readonly int _socket;
    private readonly byte* _request;
    private readonly DeviceFeatures.Request _askEthtool;
    private readonly DeviceFeatures? _datagrams;

    /// <summary>Must run inside the device's network namespace.</summary>
    public NetworkDevice(string name)
    {
        Name = name;
        _socket = LinuxError.Check(Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0), "cannot open a control socket");
        _request = (byte*)NativeMemory.AllocZeroed(RequestBytes);
        WriteName(name, new Span<byte>(_request, NameBytes));
        _askEthtool = AskEthtool;
        _datagrams = DeviceFeatures.Find(_askEthtool);
    }

    public string Name { get; }

    /// <summary>Reads whether the device is there, whether it carries frames, its number and its MTU.</summary>
    public DeviceState Read()
    {
        if (!Ask(Libc.SIOCGIFINDEX))
        {
            return default;
        }

        int index = *(int*)(_request + NameBytes);
        if (!Ask(Libc.SIOCGIFFLAGS))
        {
            return default;
        }

        const int carries = Libc.IFF_UP | Libc.IFF_RUNNING;
        bool isUp = (*(short*)(_request + NameBytes) & carries) == carries;
        return Ask(Libc.SIOCGIFMTU) ? new DeviceState(index, isUp, *(int*)(_request + NameBytes)) : default;
    }

    /// <summary>True if the device speaks Ethernet.</summary>
    public bool IsEthernet() => Ask(Libc.SIOCGIFHWADDR) && *(ushort*)(_request + NameBytes) == Libc.ARPHRD_ETHER;

    /// <summary>Queues from which the device receives, 1 if it does not say.</summary>
    public int ReadQueues()
    {
        // struct ethtool_channels: command, four limits, four present values, of which the second (rx) and the fourth (combined) receive.
        const int words = 9;
        uint* channels = stackalloc uint[words];
        new Span<uint>(channels, words).Clear();
        channels[0] = Libc.ETHTOOL_GCHANNELS;
        return AskEthtool(channels) ? Math.Max(1, (int)(channels[5] + channels[8])) : 1;
    }

    /// <summary>True if the device cuts TCP superframes, or passes them on to somebody who does, and finishes checksums.</summary>
    public bool CutsSegments() => IsOn(Libc.ETHTOOL_GTSO) && IsOn(Libc.ETHTOOL_GTXCSUM);

    /// <summary>True if the device cuts UDP superframes, or passes them on to somebody who does.</summary>
    public bool CutsDatagrams() => _datagrams?.IsOn(_askEthtool) ?? false;

    public void SetMtu(int mtu)
    {
        *(int*)(_request + NameBytes) = mtu;
        LinuxError.Check(Libc.ioctl(_socket, Libc.SIOCSIFMTU, _request), $"cannot set the MTU of {Name} to {mtu}");
    }

    public void SetUp()
    {
        LinuxError.Check(Libc.ioctl(_socket, Libc.SIOCGIFFLAGS, _request), $"cannot read the state of {Name}");
        *(short*)(_request + NameBytes) |= Libc.IFF_UP;
        LinuxError.Check(Libc.ioctl(_socket, Libc.SIOCSIFFLAGS, _request), $"cannot set {Name} up");
    }

    public void Dispose()
    {
        _ = Libc.close(_socket);
        _datagrams?.Dispose();
        NativeMemory.Free(_request);
    }

    /// <summary>Writes a device name as the kernel wants it, NUL-terminated.</summary>
    public static void WriteName(string name, Span<byte> destination)
    {
        destination.Clear();
        Encoding.ASCII.GetBytes(name, destination[..MaxNameLength]);
    }

    /// <summary>Refuses what the kernel would not take as a device name, before anything is opened.</summary>
    public static void RequireName(string name, string option)
    {
        if (name.Length is 0 or > MaxNameLength || name is "." or ".." || name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.AsSpan().ContainsAny('/', ':'))
        {
            throw new ArgumentException($"{option} must be 1 to {MaxNameLength} visible ASCII characters without '/' and ':', not '{name}'", option);
        }
    }

    private bool IsOn(uint feature)
    {
        // struct ethtool_value
        uint* value = stackalloc uint[2];
        (value[0], value[1]) = (feature, 0);
        return AskEthtool(value) && value[1] != 0;
    }

    private bool AskEthtool(void* data)
    {
        *(void**)(_request + NameBytes) = data;
        return Ask(Libc.SIOCETHTOOL);
    }

    private bool Ask(nuint request) => Libc.ioctl(_socket, request, _request) == 0;
}
