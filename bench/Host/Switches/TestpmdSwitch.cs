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

    public override void Restart() => throw new NotSupportedException();

    public override void Dispose()
    {
        string runtime = System.IO.Path.Combine("/var/run/dpdk", System.IO.Path.GetFileName(Folder));
        base.Dispose();
        if (Directory.Exists(runtime))
        {
            Directory.Delete(runtime, recursive: true);
        }
    }

    protected override void Launch() => _ = Run(
        "env", $"XDG_RUNTIME_DIR={Folder}", "dpdk-testpmd", "--no-huge", "-m", "512", "--no-pci", "-l", "0-1", "--file-prefix", System.IO.Path.GetFileName(Folder), $"--vdev={driver}0,iface=left", $"--vdev={driver}1,iface=right",
        "--", "--forward-mode=io", "--auto-start", "--no-mlockall", "--total-num-mbufs=16384", "--stats-period=3600");
}
