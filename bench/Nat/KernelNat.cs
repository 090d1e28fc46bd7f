using System.Globalization;
using System.Text;
using Weft.Bench.Ratios;

namespace Weft.Bench.Nat;

/// <summary>
/// The kernel as a router with rules of nftables, source NAT unless others are given, and the same router without: what the rules cost is the difference.
/// Both are in network namespaces of their own.
/// </summary>
internal sealed unsafe class KernelNat : IDisposable
{
    private readonly string _prefix = $"weft-bench-{Environment.ProcessId}";
    private NativePeer? _peer;
    private int _plain = -1;
    private int _translating = -1;

    private static readonly string[] SourceNat = ["add table ip nat", "add chain ip nat out { type nat hook postrouting priority 100 ; }", "add rule ip nat out oifname out snat to 198.51.100.1"];

    /// <summary>Builds both routers.</summary>
    /// <param name="whyNot">Why it cannot, in a few words.</param>
    /// <param name="rules">Rules of the one, each for nft; null for source NAT.</param>
    /// <param name="plainRules">Rules of the other; null for none.</param>
    public static KernelNat? TryCreate(out string? whyNot, string[]? rules = null, string[]? plainRules = null)
    {
        whyNot = !OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess ? "needs root on Linux to make network namespaces"
            : new[] { "ip", "nft", "conntrack", "sysctl" }.FirstOrDefault(program => !PeerProcess.Exists(program) && !File.Exists("/usr/sbin/" + program)) is string missing ? $"{missing} is not installed"
            : null;
        if (whyNot is not null)
        {
            return null;
        }

        var kernel = new KernelNat();
        if (kernel.TryBuild(rules ?? SourceNat, plainRules ?? [], out whyNot))
        {
            return kernel;
        }

        kernel.Dispose();
        return null;
    }

    /// <summary>CPU nanoseconds that a packet of each of these flows costs.</summary>
    public double Flood(bool translate, int first, int count, bool oneRemote)
    {
        int socket = translate ? _translating : _plain;
        long nanoseconds = ((delegate* unmanaged<int, uint, uint, int, long>)_peer!.Function("peer_flood"))(socket, (uint)first, (uint)count, oneRemote ? 1 : 0);
        return nanoseconds < 0 ? throw new InvalidOperationException("The kernel does not take packets.") : (double)nanoseconds / count;
    }

    /// <summary>Flows that the kernel translates now.</summary>
    public int Flows() => int.Parse(Inside("conntrack", "-C").Trim(), CultureInfo.InvariantCulture);

    /// <summary>Ends all flows.</summary>
    public void Forget() => _ = Inside("conntrack", "-F");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (int socket in (int[])[_plain, _translating])
        {
            if (socket >= 0)
            {
                ((delegate* unmanaged<int, void>)_peer!.Function("peer_close"))(socket);
            }
        }

        _plain = _translating = -1;
        foreach (string part in (string[])["nat", "plain", "end"])
        {
            _ = Run("ip", "netns", "del", $"{_prefix}-{part}");
        }

        _peer?.Dispose();
    }

    private static (int Code, string Output) Run(params string[] command)
    {
        string program = PeerProcess.Exists(command[0]) ? command[0] : "/usr/sbin/" + command[0];
        (_, int code, string output) = PeerProcess.Run(program, command[1..]);
        return (code, output);
    }

    private string Inside(params string[] command)
    {
        (int code, string output) = Run(["ip", "netns", "exec", $"{_prefix}-nat", .. command]);
        return code == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', command)} failed: {output}");
    }

    private bool TryBuild(string[] rules, string[] plainRules, out string? whyNot)
    {
        _peer = NativePeer.TryLoad("udp_flood.c", [], [], out string reason);
        whyNot = reason;
        if (_peer is null)
        {
            return false;
        }

        string end = $"{_prefix}-end";
        List<string[]> commands = [["ip", "netns", "add", end], ["ip", "-n", end, "link", "set", "lo", "up"]];
        foreach (string part in (string[])["plain", "nat"])
        {
            string router = $"{_prefix}-{part}";
            commands.AddRange(
            [
                ["ip", "netns", "add", router],
                ["ip", "-n", end, "link", "add", $"in-{part}", "type", "veth", "peer", "name", "in", "netns", router],
                ["ip", "-n", end, "link", "add", $"out-{part}", "type", "veth", "peer", "name", "out", "netns", router],
                ["ip", "-n", router, "link", "set", "in", "address", "02:00:00:00:00:01"],
                ["ip", "-n", router, "addr", "add", "10.0.0.1/8", "dev", "in"],
                ["ip", "-n", router, "addr", "add", "198.51.100.1/24", "dev", "out"],
                ["ip", "-n", router, "link", "set", "in", "up"],
                ["ip", "-n", router, "link", "set", "out", "up"],
                ["ip", "-n", end, "link", "set", $"in-{part}", "up"],
                ["ip", "-n", end, "link", "set", $"out-{part}", "up"],
                ["ip", "-n", router, "neigh", "add", "198.51.100.2", "lladdr", "02:00:00:00:00:02", "dev", "out"],
                ["ip", "-n", router, "route", "add", "default", "via", "198.51.100.2"],
                ["ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1"],
            ]);
        }

        commands.AddRange(rules.Select(rule => (string[])["ip", "netns", "exec", $"{_prefix}-nat", "nft", rule]));
        commands.AddRange(plainRules.Select(rule => (string[])["ip", "netns", "exec", $"{_prefix}-plain", "nft", rule]));
        foreach (string[] command in commands)
        {
            (int code, _) = Run(command);
            if (code != 0)
            {
                whyNot = $"`{string.Join(' ', command)}` fails here";
                return false;
            }
        }

        _plain = Open(end, "in-plain");
        _translating = Open(end, "in-nat");
        whyNot = _plain < 0 || _translating < 0 ? "no raw socket in a network namespace" : null;
        return whyNot is null;
    }

    private int Open(string space, string device)
    {
        fixed (byte* path = Encoding.UTF8.GetBytes($"/var/run/netns/{space}\0"), name = Encoding.UTF8.GetBytes(device + "\0"))
        {
            return ((delegate* unmanaged<byte*, byte*, int>)_peer!.Function("peer_open"))(path, name);
        }
    }
}
