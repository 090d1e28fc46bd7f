using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>
/// Open vSwitch without any network: dummy ports, frames handed in as hexadecimal, output written to captures by the switch
/// itself. Its Geneve endpoint is 1.1.2.88, the other 1.1.2.92.
/// </summary>
internal sealed class OfflineSwitch : IDisposable
{
    public const string Mac = "aa:55:aa:55:00:00";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-ovs-").FullName;
    private readonly RunningCommand _database;
    private readonly RunningCommand _switch;

    public OfflineSwitch(string option)
        : this("geneve", "options:csum=true") => Run("ovs-ofctl", "-O", "OpenFlow15", "add-tlv-map", "int", option);

    /// <summary>A switch whose tunnel port is of another type, or has other options.</summary>
    /// <param name="type">Type of the port, such as <c>vxlan</c>.</param>
    /// <param name="options">What it needs beside the addresses.</param>
    public OfflineSwitch(string type, params string[] options)
        : this()
    {
        Run("ovs-vsctl", ["--db=" + DatabaseSocket,
            "--", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=dummy", "fail_mode=standalone", "other_config:hwaddr=" + Mac,
            "--", "add-port", "br0", "p0", "--", "set", "interface", "p0", "type=dummy", "options:tx_pcap=" + Capture("p0"),
            "--", "add-br", "int", "--", "set", "bridge", "int", "datapath_type=dummy", "fail_mode=secure", "protocols=OpenFlow15",
            "--", "add-port", "int", "p1", "--", "set", "interface", "p1", "type=dummy", "ofport_request=1", "options:tx_pcap=" + Capture("p1"),
            "--", "add-port", "int", "tunnel0", "--", "set", "interface", "tunnel0", "type=" + type, "ofport_request=2", "options:remote_ip=1.1.2.92", "options:key=flow", .. options]);
        Ask("netdev-dummy/ip4addr", "br0", "1.1.2.88/24");
        Ask("ovs/route/add", "1.1.2.92/24", "br0");
        Ask("tnl/neigh/set", "br0", "1.1.2.92", "f8:bc:12:44:34:b6");
    }

    /// <summary>One bridge with ports <c>p1</c>, <c>p2</c> and so on, numbered the same in OpenFlow, and no flows.</summary>
    public OfflineSwitch(int ports)
        : this()
    {
        Run("ovs-vsctl", "--db=" + DatabaseSocket, "--", "add-br", "int", "--", "set", "bridge", "int", "datapath_type=dummy", "fail_mode=secure", "protocols=OpenFlow15");
        for (int port = 1; port <= ports; port++)
        {
            Run("ovs-vsctl", "--db=" + DatabaseSocket, "--", "add-port", "int", $"p{port}", "--", "set", "interface", $"p{port}", "type=dummy", $"ofport_request={port}", "options:tx_pcap=" + Capture($"p{port}"));
        }
    }

    private OfflineSwitch()
    {
        Run("ovsdb-tool", "create", Path.Combine(_folder, "conf.db"), "/usr/share/openvswitch/vswitch.ovsschema");
        _database = Command.Start("env", "OVS_RUNDIR=" + _folder, "ovsdb-server", Path.Combine(_folder, "conf.db"), "--remote=p" + DatabaseSocket, "--unixctl=" + Path.Combine(_folder, "db.ctl"));
        Assert.True(Wait.Until(() => File.Exists(Path.Combine(_folder, "db.sock")), TimeSpan.FromSeconds(30)), _database.Error);
        Run("ovs-vsctl", "--db=" + DatabaseSocket, "--no-wait", "init");
        _switch = Command.Start(
            "env", "OVS_RUNDIR=" + _folder, "ovs-vswitchd", DatabaseSocket, "--enable-dummy", "--disable-system", "--disable-system-route", "--unixctl=" + Path.Combine(_folder, "vswitchd.ctl"));
    }

    /// <summary>Adds a flow to the inner bridge; port 1 is the machine, port 2 the tunnel.</summary>
    public void AddFlow(string flow) => Run("ovs-ofctl", "-O", "OpenFlow15", "add-flow", "int", flow);

    /// <summary>A frame arrives at a dummy port.</summary>
    public void Receive(string port, ReadOnlySpan<byte> frame) => Ask("netdev-dummy/receive", port, Convert.ToHexString(frame));

    /// <summary>What a dummy port has sent, once it has sent something.</summary>
    public List<byte[]> Sent(string port)
    {
        List<byte[]> frames = [];
        _ = Wait.Until(() => (frames = Read(Capture(port))).Count > 0, TimeSpan.FromSeconds(5));
        return frames;
    }

    /// <summary>Flows with their counters.</summary>
    public string Flows() => Run("ovs-ofctl", "-O", "OpenFlow15", "dump-flows", "int");

    public void Dispose()
    {
        _switch.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static List<byte[]> Read(string path)
    {
        var frames = new List<byte[]>();
        if (File.Exists(path) && new FileInfo(path).Length > 24)
        {
            using PcapReader reader = PcapReader.Open(path);
            while (reader.TryRead(out PcapPacket packet))
            {
                frames.Add(packet.Data.ToArray());
            }
        }

        return frames;
    }

    private string DatabaseSocket => "unix:" + Path.Combine(_folder, "db.sock");

    private string Capture(string port) => Path.Combine(_folder, port + ".pcap");

    private void Ask(params string[] arguments) => Run("ovs-appctl", ["-t", Path.Combine(_folder, "vswitchd.ctl"), .. arguments]);

    private string Run(string program, params string[] arguments) => Command.Run("env", ["OVS_RUNDIR=" + _folder, program, .. arguments]).Required().Output;
}
