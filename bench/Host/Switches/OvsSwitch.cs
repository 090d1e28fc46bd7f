using System.Diagnostics;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>Open vSwitch with its user-space datapath.</summary>
/// <param name="path">Where.</param>
/// <param name="type">Type of its ports: <c>system</c> for packet sockets, <c>afxdp</c> for AF_XDP with a thread that polls.</param>
/// <param name="takesSuperframes">Whether superframes pass whole.</param>
internal sealed class OvsSwitch(ForwardingPath path, string type, bool takesSuperframes = false) : SwitchUnderTest(path)
{
    private OvsInstance? _instance;

    public override void Restart()
    {
        _instance!.StopDaemon();
        _instance.StartDaemon();
        WaitForFrames();
    }

    public override void Dispose()
    {
        _ = _instance?.Vsctl("del-br", "br0");
        base.Dispose();
    }

    protected override void Launch()
    {
        _instance = new OvsInstance(Folder, (program, arguments) => Run(program, arguments));
        Await(_instance.StartDatabase, "its database does not start");
        if (takesSuperframes)
        {
            _ = _instance.Vsctl("--no-wait", "set", "Open_vSwitch", ".", "other_config:userspace-tso-enable=true");
        }

        _instance.StartDaemon();
        string[] options = type == "system" ? [] : ["--", "set", "interface", "left", $"type={type}", "--", "set", "interface", "right", $"type={type}"];
        _ = _instance.Vsctl(["add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev", "fail_mode=standalone", "--", "add-port", "br0", "left", "--", "add-port", "br0", "right", .. options]);
    }
}
