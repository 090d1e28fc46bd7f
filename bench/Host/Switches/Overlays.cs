using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>Two of ours with VXLAN between them.</summary>
internal sealed class WeftOverlay(ForwardingPath path) : SwitchUnderTest(path)
{
    protected override void Launch()
    {
        foreach ((string space, string device, int own, int peer) in new[] { (Path.Middle, "left", 1, 2), (Path.Second, "right", 2, 1) })
        {
            string file = System.IO.Path.Combine(Folder, $"{own}.yaml");
            File.WriteAllText(file, $$"""
                schema: weft/1
                switch: {name: bench{{own}}, controlSocket: "{{Folder}}/{{own}}.sock"}
                ports:
                  - {name: vm, type: af_packet, device: {{device}}, mtu: 1500, vlan: {mode: access, id: 10} }
                  - {name: up, type: af_packet, device: up, mtu: 1600, role: underlay}
                vteps: [{name: v, port: up, address: 192.0.2.{{own}}/24, mac: "02:00:00:00:fe:0{{own}}"}]
                segments: [{name: lan, vlan: 10, vni: 100, vtep: v, peers: [192.0.2.{{peer}}]}]
                """);
            _ = RunIn(space, "dotnet", System.IO.Path.Combine(AppContext.BaseDirectory, "weft.dll"), "run", file);
        }
    }
}

/// <summary>Two of Open vSwitch with VXLAN between them, in user space.</summary>
internal sealed class OvsOverlay(ForwardingPath path) : SwitchUnderTest(path)
{
    private readonly List<OvsInstance> _instances = [];

    public override void Dispose()
    {
        _instances.ForEach(instance => instance.Vsctl("del-br", "br0", "--", "del-br", "under"));
        base.Dispose();
    }

    protected override void Launch()
    {
        foreach ((string space, string device, int own, int peer) in new[] { (Path.Middle, "left", 1, 2), (Path.Second, "right", 2, 1) })
        {
            var instance = new OvsInstance(Directory.CreateDirectory(System.IO.Path.Combine(Folder, $"{own}")).FullName, (program, arguments) => RunIn(space, program, arguments));
            _instances.Add(instance);
            Await(instance.StartDatabase, "its database does not start");
            instance.StartDaemon();
            _ = instance.Vsctl(
                "add-br", "under", "--", "set", "bridge", "under", "datapath_type=netdev", "fail_mode=standalone", "--", "add-port", "under", "up",
                "--", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev", "fail_mode=standalone", "--", "add-port", "br0", device,
                "--", "add-port", "br0", "vx", "--", "set", "interface", "vx", "type=vxlan", $"options:remote_ip=192.0.2.{peer}", "options:key=100");
            Ip("-n", space, "address", "add", $"192.0.2.{own}/24", "dev", "under");
            Ip("-n", space, "link", "set", "dev", "under", "up");
        }
    }

    /// <summary>Without offloads of its own it needs ends that finish what they send.</summary>
    protected override void PrepareStreams()
    {
        _ = PeerProcess.Run("ip", "netns", "exec", Path.Ends.Source, "ethtool", "-K", "src", "tx", "off", "tso", "off", "gso", "off");
        _ = PeerProcess.Run("ip", "netns", "exec", Path.Ends.Sink, "ethtool", "-K", "dst", "tx", "off", "tso", "off", "gso", "off");
    }
}

/// <summary>The kernel's bridge and VXLAN, twice.</summary>
internal sealed class KernelOverlay(ForwardingPath path) : SwitchUnderTest(path)
{
    protected override void Launch()
    {
        foreach ((string space, string device, int own, int peer) in new[] { (Path.Middle, "left", 1, 2), (Path.Second, "right", 2, 1) })
        {
            Ip("-n", space, "address", "add", $"192.0.2.{own}/24", "dev", "up");
            Ip("-n", space, "link", "add", "name", "vx", "mtu", "1500", "type", "vxlan", "id", "100", "local", $"192.0.2.{own}", "remote", $"192.0.2.{peer}", "dstport", "4789", "dev", "up");
            Ip("-n", space, "link", "add", "name", "br", "type", "bridge", "mcast_snooping", "0");
            foreach (string member in new[] { device, "vx" })
            {
                Ip("-n", space, "link", "set", "dev", member, "master", "br");
                Ip("-n", space, "link", "set", "dev", member, "up");
            }

            Ip("-n", space, "link", "set", "dev", "br", "up");
        }
    }
}
