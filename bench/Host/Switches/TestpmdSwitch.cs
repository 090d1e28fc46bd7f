using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>DPDK's testpmd in its io mode, which looks nothing up: what comes at one port leaves at the other.</summary>
/// <param name="path">Where.</param>
/// <param name="driver"><c>net_af_packet</c> or <c>net_af_xdp</c>.</param>
internal sealed class TestpmdSwitch(ForwardingPath path, string driver) : SwitchUnderTest(path)
{
    /// <summary>Why it cannot be measured here; null if it can.</summary>
    public static string? Missing => PeerProcess.Exists("dpdk-testpmd") ? null : "needs dpdk";

    /// <summary>What <c>env</c> starts testpmd with, between two devices.</summary>
    public static string[] Arguments(string folder, params string[] devices) =>
    [
        $"XDG_RUNTIME_DIR={folder}", "dpdk-testpmd", "--no-huge", "-m", "512", "--no-pci", "-l", "0-1", "--file-prefix", System.IO.Path.GetFileName(folder), .. devices,
        "--", "--forward-mode=io", "--auto-start", "--no-mlockall", "--total-num-mbufs=16384", "--stats-period=3600",
    ];

    /// <summary>Removes what it leaves behind when it is killed.</summary>
    public static void Forget(string folder)
    {
        string runtime = System.IO.Path.Combine("/var/run/dpdk", System.IO.Path.GetFileName(folder));
        if (Directory.Exists(runtime))
        {
            Directory.Delete(runtime, recursive: true);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        Forget(Folder);
    }

    protected override void Launch() => _ = Run("env", Arguments(Folder, $"--vdev={driver}0,iface=left", $"--vdev={driver}1,iface=right"));
}
