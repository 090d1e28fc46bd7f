using System.Globalization;
using System.Text;
using Weft.Bench.Ratios;

namespace Weft.Bench.Sase;

/// <summary>
/// The kernel as a service node: a network namespace with a VXLAN device a tenant, forwarding, nftables with connection tracking, a filter and source NAT,
/// and an uplink. And a device that the same frames are not for, which says what sending alone costs.
/// </summary>
internal sealed unsafe class KernelNode : IDisposable
{
    private const string Uplink = "out";

    private readonly string _prefix = $"weft-sase-{Environment.ProcessId}";
    private NativePeer? _peer;
    private int _node = -1;
    private int _nowhere = -1;

    private string Node => _prefix + "-node";

    private string End => _prefix + "-end";

    /// <summary>Builds it.</summary>
    /// <param name="whyNot">Why it cannot, in a few words.</param>
    public static KernelNode? TryCreate(out string? whyNot)
    {
        whyNot = !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "needs root on Linux to make network namespaces"
            : new[] { "ip", "nft", "sysctl" }.FirstOrDefault(program => !PeerProcess.Exists(program) && !File.Exists("/usr/sbin/" + program)) is string missing ? $"{missing} is not installed"
            : null;
        if (whyNot is not null)
        {
            return null;
        }

        var kernel = new KernelNode();
        if (kernel.TryBuild(out whyNot))
        {
            return kernel;
        }

        kernel.Dispose();
        return null;
    }

    /// <summary>Sends frames through it some times over: CPU nanoseconds a packet, sending alone taken off, and how many packets left by the uplink.</summary>
    public (double Nanoseconds, long Left) Send(ReadOnlySpan<byte> frames, int length, int times)
    {
        int count = frames.Length / length;
        long before = Sent();
        double all = Send(_node, frames, length, count, times);
        long left = Sent() - before;
        return (all - Send(_nowhere, frames, length, count, times), left);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (int socket in (int[])[_node, _nowhere])
        {
            if (socket >= 0)
            {
                ((delegate* unmanaged<int, void>)_peer!.Function("peer_close"))(socket);
            }
        }

        _node = _nowhere = -1;
        _ = Run("ip", "netns", "del", Node);
        _ = Run("ip", "netns", "del", End);
        _peer?.Dispose();
    }

    private static (int Code, string Output) Run(params string[] command)
    {
        string program = PeerProcess.Exists(command[0]) ? command[0] : "/usr/sbin/" + command[0];
        (_, int code, string output) = PeerProcess.Run(program, command[1..]);
        return (code, output);
    }

    private double Send(int socket, ReadOnlySpan<byte> frames, int length, int count, int times)
    {
        fixed (byte* bytes = frames)
        {
            long nanoseconds = ((delegate* unmanaged<int, byte*, uint, uint, uint, long>)_peer!.Function("peer_send"))(socket, bytes, (uint)length, (uint)count, (uint)times);
            return nanoseconds < 0 ? throw new InvalidOperationException("The kernel does not take packets.") : (double)nanoseconds / count / times;
        }
    }

    private long Sent() => long.Parse(Run("ip", "netns", "exec", Node, "cat", $"/sys/class/net/{Uplink}/statistics/tx_packets").Output.Trim(), CultureInfo.InvariantCulture);

    private bool TryBuild(out string? whyNot)
    {
        _peer = NativePeer.TryLoad("udp_flood.c", [], [], out string reason);
        whyNot = reason;
        if (_peer is null)
        {
            return false;
        }

        List<string[]> commands =
        [
            ["ip", "netns", "add", Node],
            ["ip", "netns", "add", End],
            // Nothing that the kernel says by itself may be counted.
            ["ip", "netns", "exec", Node, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"],
            ["ip", "netns", "exec", Node, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"],
            ["ip", "-n", End, "link", "add", "in", "type", "veth", "peer", "name", "in", "netns", Node],
            ["ip", "-n", End, "link", "add", Uplink, "type", "veth", "peer", "name", Uplink, "netns", Node],
            ["ip", "-n", End, "link", "add", "nowhere", "type", "veth", "peer", "name", "nowhere", "netns", Node],
            ["ip", "-n", Node, "link", "set", "in", "address", $"{SaseBenchBed.RouterMac}"],
            ["ip", "-n", Node, "addr", "add", $"{SaseBenchBed.Node}/32", "dev", "in"],
            ["ip", "-n", Node, "addr", "add", "203.0.113.1/24", "dev", Uplink],
            .. ((string[])["in", Uplink, "nowhere"]).Select(device => (string[])["ip", "-n", Node, "link", "set", device, "up"]),
            .. ((string[])["in", Uplink, "nowhere"]).Select(device => (string[])["ip", "-n", End, "link", "set", device, "up"]),
            ["ip", "-n", Node, "route", "add", $"{SaseBenchBed.Gateway}/32", "dev", "in"],
            ["ip", "-n", Node, "neigh", "add", "203.0.113.254", "lladdr", "02:00:00:00:00:02", "dev", Uplink],
            ["ip", "-n", Node, "route", "add", "default", "via", "203.0.113.254"],
            .. ((string[])["ip_forward=1", "conf.all.rp_filter=0", "conf.default.rp_filter=0"]).Select(setting => (string[])["ip", "netns", "exec", Node, "sysctl", "-qw", "net.ipv4." + setting]),
            .. Enumerable.Range(0, SaseBenchBed.Tenants).SelectMany(Tenant),
            ["ip", "netns", "exec", Node, "nft", "add table ip t; "
                + "add chain ip t f { type filter hook forward priority 0 ; policy drop ; }; add rule ip t f ct state established accept; add rule ip t f udp dport 53 accept; "
                + "add chain ip t n { type nat hook postrouting priority 100 ; }; add rule ip t n oifname " + Uplink + " snat to 203.0.113.1"],
        ];
        foreach (string[] command in commands)
        {
            (int code, _) = Run(command);
            if (code != 0)
            {
                whyNot = $"`{string.Join(' ', command)}` fails here";
                return false;
            }
        }

        (_node, _nowhere) = (Open("in"), Open("nowhere"));
        whyNot = _node < 0 || _nowhere < 0 ? "no raw socket in a network namespace" : null;
        return whyNot is null;
    }

    private IEnumerable<string[]> Tenant(int tenant)
    {
        string device = $"t{tenant}";
        yield return ["ip", "-n", Node, "link", "add", device, "type", "vxlan", "id", $"{SaseBenchBed.FirstVni + (uint)tenant}", "local", $"{SaseBenchBed.Node}", "remote", $"{SaseBenchBed.Gateway}", "dstport", "4789", "nolearning"];
        yield return ["ip", "-n", Node, "link", "set", device, "address", $"{SaseBenchBed.RouterMac}"];
        yield return ["ip", "-n", Node, "link", "set", device, "up"];
        yield return ["ip", "netns", "exec", Node, "sysctl", "-qw", $"net.ipv4.conf.{device}.rp_filter=0"];
    }

    private int Open(string device)
    {
        fixed (byte* path = Encoding.UTF8.GetBytes($"/var/run/netns/{End}\0"), name = Encoding.UTF8.GetBytes(device + "\0"))
        {
            return ((delegate* unmanaged<byte*, byte*, int>)_peer!.Function("peer_open"))(path, name);
        }
    }
}
