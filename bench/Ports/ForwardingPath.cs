using System.Buffers.Binary;
using System.Text.Json;
using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Ports;
using Weft.Ports.AfXdp;
using Weft.Ports.Linux;

namespace Weft.Bench.Ports;

/// <summary>
/// Three network namespaces in a row, <c>a — s — b</c>, joined by veth pairs: a source in the first, something that forwards
/// in the second, and the third's device counter as the judge of what arrived. Or four, <c>a — s — t — b</c>, with an underlay between two that forward.
/// </summary>
internal sealed class ForwardingPath : IDisposable
{
    private const int FastFrameBytes = 2048;

    private readonly string _prefix = $"weft-bench-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 128 });
    private readonly Packet[] _burst = new Packet[32];
    private readonly AfPacketPort _source;

    /// <summary>Sends a third faster than packet sockets do, which were slower than what is measured.</summary>
    private readonly XdpSocket _fastSource;
    private readonly string[] _roles;

    public ForwardingPath(int frameBytes, bool hasUnderlay = false)
    {
        _roles = hasUnderlay ? ["a", "s", "t", "b"] : ["a", "s", "b"];
        string last = hasUnderlay ? "t" : "s";
        foreach (string role in _roles)
        {
            Ip("netns", "add", Name(role));
            // IPv6 off: a kernel that looks for routers would add frames of its own to the count.
            Ip("netns", "exec", Name(role), "sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1");
        }

        Ip("-n", Name("s"), "link", "add", "name", "left", "type", "veth", "peer", "name", "src", "netns", Name("a"));
        Ip("-n", Name(last), "link", "add", "name", "right", "type", "veth", "peer", "name", "dst", "netns", Name("b"));
        foreach ((string role, string device) in new[] { ("a", "src"), ("s", "left"), (last, "right"), ("b", "dst") })
        {
            Ip("-n", Name(role), "link", "set", "dev", device, "up");
        }

        if (hasUnderlay)
        {
            Ip("-n", Name("s"), "link", "add", "name", "up", "mtu", "1600", "type", "veth", "peer", "name", "up", "mtu", "1600", "netns", Name("t"));
            Ip("-n", Name("s"), "link", "set", "dev", "up", "up");
            Ip("-n", Name("t"), "link", "set", "dev", "up", "up");
        }

        _source = new AfPacketPort("source", new AfPacketOptions { Device = "src", NetworkNamespace = Name("a") });
        _fastSource = NetworkNamespace.Run(Name("a"), () => OpenFastSource());
        for (int i = 0; i < _burst.Length; i++)
        {
            _ = _pool.TryRent(out _burst[i]);
            _ = _pool.TrySetLength(ref _burst[i], frameBytes);
            // Source and destination of ours, and the EtherType for local experiments, which no stack answers.
            Convert.FromHexString("0200000000020200000000AA88B5").CopyTo(_pool.Bytes(_burst[i]));
        }
    }

    /// <summary>The namespace of the one that forwards, with the devices <c>left</c> and <c>right</c>.</summary>
    public string Middle => Name("s");

    /// <summary>The namespace of the second one that forwards: it has <c>right</c> then, and both have <c>up</c>.</summary>
    public string Second => Name("t");

    /// <summary>The namespaces of the two ends.</summary>
    public (string Source, string Sink) Ends => (Name("a"), Name("b"));

    /// <summary>Address of the far end, once <see cref="AddAddresses"/> was called.</summary>
    public const string SinkAddress = "10.99.0.2";

    public int BurstFrames => _burst.Length;

    /// <summary>Frames that have arrived at the far end.</summary>
    public long Arrived
    {
        get
        {
            using JsonDocument answer = JsonDocument.Parse(Ip("-n", Name("b"), "-s", "-j", "link", "show", "dst"));
            return answer.RootElement[0].GetProperty("stats64").GetProperty("rx").GetProperty("packets").GetInt64();
        }
    }

    /// <summary>Has the kernels at both ends speak IP.</summary>
    public void AddAddresses()
    {
        Ip("-n", Name("a"), "address", "add", "10.99.0.1/24", "dev", "src");
        Ip("-n", Name("b"), "address", "add", $"{SinkAddress}/24", "dev", "dst");
    }

    /// <summary>Gives each frame of the next bursts other bytes from a place on.</summary>
    public void SetBytes(Func<int, byte[]> frame)
    {
        for (int i = 0; i < _burst.Length; i++)
        {
            byte[] bytes = frame(i);
            _ = _pool.TrySetLength(ref _burst[i], bytes.Length);
            bytes.CopyTo(_pool.Bytes(_burst[i]));
        }
    }

    /// <summary>Joins the middle's two devices with a bridge of the kernel.</summary>
    public void AddBridge()
    {
        Ip("-n", Middle, "link", "add", "name", "br", "type", "bridge", "mcast_snooping", "0");
        Ip("-n", Middle, "link", "set", "dev", "left", "master", "br");
        Ip("-n", Middle, "link", "set", "dev", "right", "master", "br");
        Ip("-n", Middle, "link", "set", "dev", "br", "up");
    }

    /// <summary>Gives the frames of the next bursts sources of their own, one after the other.</summary>
    public void SetSources(ulong first)
    {
        foreach (ref readonly Packet packet in _burst.AsSpan())
        {
            new MacAddress(first++).Write(_pool.Bytes(packet)[MacAddress.Length..]);
        }
    }

    /// <summary>Sends one burst into the first device.</summary>
    public void SendBurst()
    {
        for (int sent = 0; sent < _burst.Length;)
        {
            _fastSource.Reap();
            while (sent < _burst.Length && _fastSource.TryPut(_pool.Bytes(_burst[sent])))
            {
                sent++;
            }

            _ = _fastSource.Kick();
        }
    }

    /// <summary>Sends one frame that carries a number.</summary>
    public void SendStamped(int at, long number)
    {
        Span<byte> bytes = _pool.Bytes(_burst[0]);
        BinaryPrimitives.WriteInt64BigEndian(bytes[at..], number);
        _ = _source.Send(_pool, _burst.AsSpan(0, 1), Timestamp.FromMonotonicClock());
        BinaryPrimitives.WriteInt64BigEndian(bytes[at..], 0);
    }

    /// <summary>A port that sees what arrives at the far end.</summary>
    public AfPacketPort OpenSink() => new("sink", new AfPacketOptions { Device = "dst", NetworkNamespace = Name("b") });

    public void Dispose()
    {
        _source.Dispose();
        _fastSource.Dispose();
        _pool.Dispose();
        foreach (string role in _roles)
        {
            _ = PeerProcess.Run("ip", "netns", "del", Name(role));
        }
    }

    private static XdpSocket OpenFastSource()
    {
        using var device = new NetworkDevice("src");
        return new XdpSocket(device.Read().Index, device.Name, queue: 0, FastFrameBytes);
    }

    private string Name(string role) => $"{_prefix}-{role}";

    private static string Ip(params string[] arguments)
    {
        (_, int exitCode, string output) = PeerProcess.Run("ip", arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"ip {string.Join(' ', arguments)} ended with {exitCode}");
    }
}
