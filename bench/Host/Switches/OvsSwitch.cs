using System.Diagnostics;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>Open vSwitch with its user-space datapath.</summary>
/// <param name="path">Where.</param>
/// <param name="type">Type of its ports: <c>system</c> for packet sockets, <c>afxdp</c> for AF_XDP with a thread that polls.</param>
internal sealed class OvsSwitch(ForwardingPath path, string type) : SwitchUnderTest(path)
{
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";
    private const string Daemon = "/usr/lib/openvswitch-switch/ovs-vswitchd";
    private Process? _daemon;

    /// <summary>Why it cannot be measured here; null if it can.</summary>
    public static string? Missing => File.Exists(Schema) && PeerProcess.Exists("ovsdb-tool") && PeerProcess.Exists("ovs-vsctl") ? null : "needs openvswitch-switch";

    private static string Program => File.Exists(Daemon) ? Daemon : "ovs-vswitchd";

    public override void Restart()
    {
        _ = PeerProcess.Run("ovs-appctl", "-t", $"{Folder}/vs.ctl", "exit");
        _daemon!.WaitForExit();
        StartDaemon();
        WaitForFrames();
    }

    public override void Dispose()
    {
        _ = Vsctl("del-br", "br0");
        base.Dispose();
    }

    protected override void Launch()
    {
        _ = PeerProcess.Run("ovsdb-tool", "create", $"{Folder}/conf.db", Schema);
        _ = Run("ovsdb-server", $"{Folder}/conf.db", $"--remote=punix:{Folder}/db.sock", $"--unixctl={Folder}/db.ctl");
        Await(() => File.Exists($"{Folder}/db.sock"), "its database does not start");
        _ = Vsctl("--no-wait", "init");
        StartDaemon();
        string[] options = type == "system" ? [] : ["--", "set", "interface", "left", $"type={type}", "--", "set", "interface", "right", $"type={type}"];
        _ = Vsctl(["add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev", "fail_mode=standalone", "--", "add-port", "br0", "left", "--", "add-port", "br0", "right", .. options]);
    }

    private void StartDaemon() => _daemon = Run(Program, $"unix:{Folder}/db.sock", $"--unixctl={Folder}/vs.ctl");

    private string Vsctl(params string[] arguments) => PeerProcess.Run("ovs-vsctl", [$"--db=unix:{Folder}/db.sock", "--timeout=20", .. arguments]).Output;
}
