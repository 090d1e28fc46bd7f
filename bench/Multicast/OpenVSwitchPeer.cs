using System.Diagnostics;
using System.Runtime.InteropServices;
using Weft.Bench.Ratios;

namespace Weft.Bench.Multicast;

/// <summary>Open vSwitch with its userspace datapath and snooping, in a namespace, and the CPU time that it uses.</summary>
internal sealed partial class OpenVSwitchPeer : IDisposable
{
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";
    private static readonly string[] Programs = ["ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl"];

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-bench-").FullName;
    private readonly Process _database;
    private readonly Process _switch;

    private OpenVSwitchPeer(string middle, IReadOnlyList<string> devices)
    {
        string file = Path.Combine(_folder, "conf.db");
        _ = PeerProcess.Run("ovsdb-tool", "create", file, Schema);
        _database = Start("ovsdb-server", file, $"--remote=punix:{_folder}/db.sock", $"--unixctl={_folder}/db.ctl");
        WaitFor(() => File.Exists($"{_folder}/db.sock"));
        _switch = Start("ip", "netns", "exec", middle, "ovs-vswitchd", $"unix:{_folder}/db.sock", $"--unixctl={_folder}/vs.ctl");
        List<string> arguments =
        [
            $"--db=unix:{_folder}/db.sock", "--timeout=20", "--no-wait", "init", "--", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev",
            "fail_mode=standalone", "other_config:mac-table-size=131072", "mcast_snooping_enable=true", "other_config:mcast-snooping-disable-flood-unregistered=true",
        ];
        foreach (string device in devices)
        {
            arguments.AddRange(["--", "add-port", "br0", device]);
        }

        (_, int exitCode, _) = PeerProcess.Run("ovs-vsctl", arguments);
        if (exitCode != 0)
        {
            throw new InvalidOperationException("Open vSwitch refused its configuration");
        }

        string last = devices[^1];
        WaitFor(() => PeerProcess.Run("ovs-appctl", "-t", $"{_folder}/vs.ctl", "dpif/show").Output.Contains(last, StringComparison.Ordinal));
    }

    /// <summary>CPU time of the process so far.</summary>
    public long CpuNanoseconds
    {
        get
        {
            // The clock of another process (clock_getcpuclockid(3)): its number inverted, above the kind of clock.
            _ = ClockGetTime((~_switch.Id << 3) | 2, out TimeSpec time);
            return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }

    /// <summary>Starts it.</summary>
    /// <returns>Null, and why, if it is not installed.</returns>
    public static OpenVSwitchPeer? TryStart(SnoopingPath? path, out string whyNot)
    {
        whyNot = "needs root, iproute2 and nft to make network namespaces";
        return path is null ? null : TryStart(path.Middle, [.. path.Devices], out whyNot);
    }

    /// <summary>Starts it with devices of a namespace.</summary>
    /// <returns>Null, and why, if it is not installed.</returns>
    public static OpenVSwitchPeer? TryStart(string middle, IReadOnlyList<string> devices, out string whyNot)
    {
        whyNot = Programs.All(PeerProcess.Exists) && File.Exists(Schema) ? "" : "Open vSwitch is not installed";
        return whyNot.Length == 0 ? new OpenVSwitchPeer(middle, devices) : null;
    }

    /// <summary>Pins an address to a port.</summary>
    public void Learn(string device, string mac) => _ = PeerProcess.Run("ovs-appctl", "-t", $"{_folder}/vs.ctl", "fdb/add", "br0", device, "0", mac);

    public void Dispose()
    {
        _ = PeerProcess.Run("ovs-vsctl", $"--db=unix:{_folder}/db.sock", "--timeout=10", "del-br", "br0");
        foreach (Process process in new[] { _switch, _database })
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static Process Start(string program, params string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static void WaitFor(Func<bool> condition)
    {
        for (int tries = 0; !condition(); tries++)
        {
            if (tries > 200)
            {
                throw new InvalidOperationException("Open vSwitch does not come up");
            }

            Thread.Sleep(50);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
