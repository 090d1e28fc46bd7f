using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// The network of <see cref="FailoverLab"/> with other nodes: a kernel bridge between a kernel VXLAN device and the physical switch,
/// which keepalived opens on the master, announcing the machines of each side to the other.
/// </summary>
internal sealed class KeepalivedLab : IDisposable
{
    private readonly RunningCommand?[] _daemons = new RunningCommand?[2];

    public KeepalivedLab()
    {
        LiveRequirements.Need("keepalived", "ethtool");
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "needs python3 for announcements");
        Lab = new FailoverLab(50, vlanTag: "tag=10");
        try
        {
            // Kernel bridges pass on checksums that are still to be filled in, and Open vSwitch reads them as they are.
            Lab.Host.Run("ethtool", "-K", "vx0", "tx", "off").Required();
            for (int node = 0; node < 2; node++)
            {
                NetNamespace space = Lab.Nodes[node];
                space.AddAddress("up0", $"192.0.2.{node + 1}/24");
                FailoverLab.AddTunnel(space, $"02:00:00:00:c2:0{node}", $"192.0.2.{node + 1}", "192.0.2.10");
                space.Ip("link", "add", "nb0", "mtu", "1400", "type", "bridge", "forward_delay", "0");
                space.Ip("link", "set", "nb0", "up");
                space.Ip("link", "set", "vx0", "master", "nb0");
                WriteFiles(node);
                Start(node);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public FailoverLab Lab { get; }

    public void Start(int node)
    {
        // What a killed process left would keep its successor from starting.
        foreach (string left in new[] { "pid", "vrrp.pid", "state" })
        {
            File.Delete(PathOf(node, left));
        }

        _daemons[node] = Lab.Nodes[node].Start(
        "keepalived", "--vrrp", "--dont-fork", "--log-console", "--use-file", PathOf(node, "conf"), "--pid", PathOf(node, "pid"), "--vrrp_pid", PathOf(node, "vrrp.pid"));
    }

    /// <summary>Waits until one node is master, and one alone.</summary>
    public int AwaitMaster()
    {
        int master = -1;
        bool isSettled = Wait.Until(
            () =>
            {
                string[] states = [.. Enumerable.Range(0, 2).Select(node => File.Exists(PathOf(node, "state")) ? File.ReadAllText(PathOf(node, "state")).Trim() : "")];
                master = Array.IndexOf(states, "MASTER");
                return states.Order().SequenceEqual(["BACKUP", "MASTER"]);
            },
            TimeSpan.FromSeconds(20));
        Assert.True(isSettled, string.Join('\n', _daemons.Select(daemon => daemon?.Output + daemon?.Error)));
        return master;
    }

    /// <summary>The process dies, and forwarding with it.</summary>
    public void Kill(int node)
    {
        Lab.Nodes[node].Ip("link", "set", "trunk0", "nomaster");
        // The child first: with its parent gone it would say goodbye to the other node.
        _ = Command.Run("kill", "-9", File.ReadAllText(PathOf(node, "vrrp.pid")).Trim(), File.ReadAllText(PathOf(node, "pid")).Trim());

        _daemons[node]?.Dispose();
    }

    /// <summary>What one wants to read when a test fails.</summary>
    public string Describe() => string.Join('\n', Enumerable.Range(0, 2).Select(node =>
        $"{_daemons[node]?.Output}{_daemons[node]?.Error}{Lab.Nodes[node].Run("bridge", "link").Output}")) + Lab.SwitchTable() + Lab.HostEntryOf(FailoverLab.SilentMac);

    public void Dispose()
    {
        foreach (RunningCommand? daemon in _daemons)
        {
            daemon?.Dispose();
        }

        Lab.Dispose();
    }

    private string PathOf(int node, string kind) => Path.Combine(Lab.Folder, $"keepalived{node}.{kind}");

    private void WriteFiles(int node)
    {
        string announce = Path.Combine(Lab.Folder, "announce.py");
        File.WriteAllText(announce, """
            import socket, sys
            for device, mac in ((sys.argv[1], sys.argv[2]), (sys.argv[3], sys.argv[4])):
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                s.bind((device, 0))
                m = bytes.fromhex(mac.replace(':', ''))
                s.send(b'\xff' * 6 + m + bytes.fromhex('80350001080006040003') + m + bytes(4) + m + bytes(4) + bytes(18))
            """);
        string open = PathOf(node, "sh");
        File.WriteAllText(open, $$"""
            #!/bin/sh
            case "$1" in
            MASTER) ip link set trunk0 master nb0
                /usr/bin/python3 {{announce}} vx0 {{FailoverLab.SilentMac}} trunk0 {{FailoverLab.HostMac}} ;;
            *) ip link set trunk0 nomaster ;;
            esac
            echo "$1" > {{PathOf(node, "state")}}
            """);
        Command.Run("chmod", "700", open).Required();
        File.WriteAllText(PathOf(node, "conf"), $$"""
            global_defs {
                script_user root
                enable_script_security
                vrrp_version 3
            }
            vrrp_instance pair {
                state BACKUP
                nopreempt
                interface up0
                virtual_router_id 7
                priority {{200 - (node * 10)}}
                advert_int 0.1
                virtual_ipaddress {
                    192.0.2.99/24
                }
                notify_master "{{open}} MASTER"
                notify_backup "{{open}} BACKUP"
                notify_fault "{{open}} FAULT"
            }
            """);
    }
}
