using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Weft.Conformance.Support;

/// <summary>
/// A network namespace of a name that nobody else uses. Disposing removes it with all its devices, and so does the end of
/// the test process.
/// </summary>
public sealed class NetNamespace : IDisposable
{
    private const int CloneNewNet = 0x4000_0000;
    private static readonly ConcurrentDictionary<string, NetNamespace> Living = new();
    private static readonly PosixSignalRegistration[] Signals;
    private static int _created;
    private bool _disposed;

    static NetNamespace()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => DisposeAll();
        // The test runner ends itself at once when it is told to stop, without the event above.
        Signals = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT }.Select(signal => PosixSignalRegistration.Create(signal, _ => DisposeAll()))];
    }

    private NetNamespace(string name) => Name = name;

    /// <summary>The name under which <c>ip netns</c> knows it.</summary>
    public string Name { get; }

    /// <summary>The file that names it.</summary>
    public string FilePath => "/var/run/netns/" + Name;

    /// <summary>Creates a namespace with loopback up.</summary>
    /// <param name="quiet">
    /// True to switch IPv6 off on devices to come, so that the kernel sends nothing of its own (router solicitations, MLD)
    /// into a test that counts frames.
    /// </param>
    public static NetNamespace Create(bool quiet = true)
    {
        var created = new NetNamespace($"weft-{Environment.ProcessId}-{Interlocked.Increment(ref _created)}");
        Command.Run("ip", "netns", "add", created.Name).Required();
        Living[created.Name] = created;
        created.Ip("link", "set", "lo", "up");
        if (quiet)
        {
            // A kernel without IPv6 has nothing to switch off.
            created.Run("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1");
        }

        return created;
    }

    /// <summary>Runs <c>ip -n NAME …</c> and requires success.</summary>
    public CommandResult Ip(params string[] arguments) => Command.Run("ip", ["-n", Name, .. arguments]).Required();

    /// <summary>Makes a veth pair with one end here and the other in <paramref name="peer"/>, and sets both up.</summary>
    public void AddVeth(string device, NetNamespace peer, string peerDevice, int mtu = 1500)
    {
        Ip("link", "add", "name", device, "mtu", $"{mtu}", "type", "veth", "peer", "name", peerDevice, "mtu", $"{mtu}", "netns", peer.Name);
        Ip("link", "set", "dev", device, "up");
        peer.Ip("link", "set", "dev", peerDevice, "up");
    }

    /// <summary>Gives a device an address such as 10.0.0.1/24 or 2001:db8::1/64.</summary>
    public void AddAddress(string device, string address) =>
        Ip(address.Contains(':') ? ["addr", "add", address, "dev", device, "nodad"] : ["addr", "add", address, "dev", device]);

    /// <summary>Sets the MAC address of a device.</summary>
    public void SetMac(string device, string mac) => Ip("link", "set", "dev", device, "address", mac);

    /// <summary>Runs a program inside, 20 seconds at most.</summary>
    public CommandResult Run(string program, params string[] arguments) => Run(Command.DefaultTimeout, program, arguments);

    /// <summary>Runs a program inside with a time limit.</summary>
    public CommandResult Run(TimeSpan timeout, string program, params string[] arguments) =>
        Command.Run(timeout, "ip", ["netns", "exec", Name, program, .. arguments]);

    /// <summary>Starts a program inside that runs beside the test.</summary>
    public RunningCommand Start(string program, params string[] arguments) =>
        Command.Start("ip", ["netns", "exec", Name, program, .. arguments]);

    /// <summary>
    /// Runs code on a thread of its own inside the namespace. Sockets that it opens stay there after it returns.
    /// </summary>
    public T Invoke<T>(Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = action();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Living.TryRemove(Name, out _);
            Command.Run("ip", "netns", "del", Name);
        }
    }

    private static void DisposeAll()
    {
        foreach (NetNamespace left in Living.Values)
        {
            left.Dispose();
        }
    }

    private void Enter()
    {
        using SafeFileHandle file = File.OpenHandle(FilePath);
        // The runtime ends this thread afterwards, so nothing else ever runs in the wrong namespace.
        if (setns(file, CloneNewNet) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot enter the network namespace {Name}");
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int setns(SafeFileHandle descriptor, int type);
}
