using System.Diagnostics;
using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Multicast;

/// <summary>
/// A namespace for a switch, with the devices <c>in</c> and <c>p1</c> … <c>pN</c>, and one with their other ends: a source, and receivers that
/// drop what they get as early as a device can. At the last receiver somebody counts.
/// </summary>
internal sealed class SnoopingPath : IDisposable
{
    public const int BurstFrames = 32;

    /// <summary>239.1.1.1, 60 bytes, as a source sends it.</summary>
    private const string Data = "01005E0101010200000000010800" + "4500002E00004000101170BC0A000001EF010101" + "1B581B58001A0000";

    /// <summary>An IGMPv2 report and leave for 239.1.1.1 with router alert.</summary>
    private const string Join = "01005E0101010200000000020800" + "46C000200000000001022A140A000002EF01010194040000" + "1600F9FCEF010101";
    private const string Leave = "01005E0000020200000000020800" + "46C000200000000001023A140A000002E000000294040000" + "1700F8FCEF010101";

    private readonly string _prefix = $"weft-bench-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}";
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 256 });
    private readonly Packet[] _burst = new Packet[BurstFrames];
    private readonly Packet[] _received = new Packet[64];
    private readonly AfPacketPort _source;
    private readonly AfPacketPort _last;

    public SnoopingPath(int receivers)
    {
        Receivers = receivers;
        foreach (string role in new[] { "m", "h" })
        {
            Ip("netns", "add", Name(role));
            // IPv6 off: a kernel that looks for routers would add frames of its own to the count.
            Ip("netns", "exec", Name(role), "sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1");
        }

        Link("in", "src");
        for (int receiver = 1; receiver <= receivers; receiver++)
        {
            Link($"p{receiver}", $"r{receiver}");
        }

        string devices = string.Join(", ", Enumerable.Range(1, receivers).Select(receiver => $"r{receiver}"));
        Ip("netns", "exec", Name("h"), "nft", $"add table netdev t; add chain netdev t c {{ type filter hook ingress devices = {{ {devices} }} priority 0; policy drop; }}");
        _source = Open("src");
        _last = Open($"r{receivers}");
        for (int i = 0; i < _burst.Length; i++)
        {
            _burst[i] = Frame(Data);
        }
    }

    public int Receivers { get; }

    /// <summary>The namespace of the switch.</summary>
    public string Middle => Name("m");

    /// <summary>The switch's devices.</summary>
    public IEnumerable<string> Devices => Enumerable.Range(1, Receivers).Select(receiver => $"p{receiver}").Prepend("in");

    /// <summary>Every receiver joins.</summary>
    public void JoinAll()
    {
        for (int receiver = 1; receiver <= Receivers; receiver++)
        {
            using AfPacketPort port = Open($"r{receiver}");
            Send(port, Join);
        }
    }

    public void JoinLast() => Send(_last, Join);

    public void LeaveLast() => Send(_last, Leave);

    public void SendOne() => _ = _source.Send(_pool, _burst.AsSpan(0, 1), Timestamp.FromMonotonicClock());

    public void SendBurst()
    {
        for (int sent = 0; sent < _burst.Length;)
        {
            sent += _source.Send(_pool, _burst.AsSpan(sent), Timestamp.FromMonotonicClock());
        }
    }

    /// <summary>Frames of data that the last receiver got since the last call.</summary>
    public int TakeArrived()
    {
        int arrived = 0;
        int count;
        while ((count = _last.Receive(_pool, _received, Timestamp.FromMonotonicClock())) > 0)
        {
            foreach (Packet packet in _received.AsSpan(0, count))
            {
                ReadOnlySpan<byte> frame = _pool.Bytes(packet);
                arrived += frame.Length > 23 && frame[23] == (byte)IpProtocol.Udp ? 1 : 0;
            }

            _pool.Return(_received.AsSpan(0, count));
        }

        return arrived;
    }

    /// <summary>Waits until so many frames have arrived at the last receiver; gives the rest up after two seconds.</summary>
    public int Await(int frames)
    {
        long start = Stopwatch.GetTimestamp();
        int arrived = TakeArrived();
        while (arrived < frames && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2))
        {
            Thread.Yield();
            arrived += TakeArrived();
        }

        return arrived;
    }

    public void Dispose()
    {
        _source.Dispose();
        _last.Dispose();
        _pool.Dispose();
        foreach (string role in new[] { "m", "h" })
        {
            _ = PeerProcess.Run("ip", "netns", "del", Name(role));
        }
    }

    private void Link(string device, string end)
    {
        Ip("-n", Name("m"), "link", "add", "name", device, "type", "veth", "peer", "name", end, "netns", Name("h"));
        Ip("-n", Name("m"), "link", "set", "dev", device, "up");
        Ip("-n", Name("h"), "link", "set", "dev", end, "up");
    }

    private AfPacketPort Open(string device)
    {
        var port = new AfPacketPort(device, new AfPacketOptions { Device = device, NetworkNamespace = Name("h") });
        // The kernel says a while after both ends are up that they are.
        for (int tries = 0; port.Status != PortStatus.Up && tries < 500; tries++)
        {
            _pool.Return(_received.AsSpan(0, port.Receive(_pool, _received, Timestamp.FromMonotonicClock())));
            Thread.Sleep(10);
        }

        return port;
    }

    private Packet Frame(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        _ = _pool.TryRent(out Packet packet);
        _ = _pool.TrySetLength(ref packet, Math.Max(60, bytes.Length));
        _pool.Bytes(packet).Clear();
        bytes.CopyTo(_pool.Bytes(packet));
        return packet;
    }

    private void Send(AfPacketPort port, string hex)
    {
        Packet packet = Frame(hex);
        while (port.Send(_pool, [packet], Timestamp.FromMonotonicClock()) == 0)
        {
            Thread.Yield();
        }

        _pool.Return(packet);
    }

    private string Name(string role) => $"{_prefix}-{role}";

    private static void Ip(params string[] arguments)
    {
        (_, int exitCode, _) = PeerProcess.Run("ip", arguments);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)} ended with {exitCode}");
        }
    }
}
