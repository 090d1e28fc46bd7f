using System.Globalization;
using System.Text.RegularExpressions;
using Weft.Conformance.Support;
using Weft.Host.Config;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Two tunnel endpoints with machines behind them, and between them a router that drops every IP fragment and every packet of
/// more than 1,500 bytes:
/// <c>machine (10.0.0.1) ── endpoint 192.0.2.1 ── router ── 198.51.100.2 endpoint ── machine (10.0.0.2)</c>.
/// </summary>
internal sealed class FragmentationLab : IDisposable
{
    public const int InnerMtu = 9000;
    public const int PathMtu = 1500;

    private readonly NetNamespace[] _machines = [NetNamespace.Create(), NetNamespace.Create()];
    private readonly NetNamespace[] _hosts = [NetNamespace.Create(), NetNamespace.Create()];
    private readonly NetNamespace _path = NetNamespace.Create();
    private readonly int _linkMtu;

    /// <param name="linkMtu">MTU of the links of the path: what a sender that knows no better believes.</param>
    public FragmentationLab(int linkMtu)
    {
        _linkMtu = linkMtu;
        for (int side = 0; side < 2; side++)
        {
            _machines[side].AddVeth("m0", _hosts[side], "vm0", InnerMtu);
            _machines[side].AddAddress("m0", $"10.0.0.{side + 1}/24");
            _hosts[side].AddVeth("up0", _path, $"p{side}", linkMtu);
            _path.AddAddress($"p{side}", Gateway(side) + "/24");
            // To the path's rules a superframe would be one packet, longer than any that it becomes.
            _hosts[side].Run("ethtool", "-K", "up0", "tx-udp-segmentation", "off").Required();
        }

        _path.Run("sysctl", "-qw", "net.ipv4.ip_forward=1").Required();
        _path.Run("nft", """
            add table inet path;
            add chain inet path through { type filter hook forward priority 0; };
            add rule inet path through ip frag-off & 0x3fff != 0 counter drop comment "fragments";
            add rule inet path through meta length > 1500 counter drop comment "oversize";
            add rule inet path through counter accept comment "passed"
            """).Required();
    }

    public NetNamespace Left => _machines[0];

    public NetNamespace Right => _machines[1];

    /// <summary>Makes the second half of the path narrower, so that the router answers "packet too big".</summary>
    public void Narrow(int mtu) => _path.Ip("link", "set", "p1", "mtu", $"{mtu}");

    /// <summary>Packets that a rule of the path has seen.</summary>
    public long Counted(string rule)
    {
        Match match = Regex.Match(_path.Run("nft", "list", "table", "inet", "path").Required().Output, $"packets ([0-9]+) bytes [0-9]+ (?:drop|accept) comment \"{rule}\"");
        return long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
    }

    /// <summary>The configuration of a switch as the endpoint of one side.</summary>
    public SwitchPlan Plan(int side, string policy) => Read(Configuration(side, $"fragmentation: {{policy: {policy}}}"));

    /// <summary>A configuration without a mistake.</summary>
    public static SwitchPlan Read(string configuration)
    {
        ConfigurationResult result = ConfigurationFile.ReadText(configuration, "lab.yaml");
        Assert.Empty(result.Problems);
        return result.Plan!;
    }

    /// <summary>The same as text, for a process of its own.</summary>
    /// <param name="side">0 or 1.</param>
    /// <param name="more">Further keys of the endpoint.</param>
    /// <param name="socket">Control socket.</param>
    /// <param name="encapsulation">Tunnel protocol.</param>
    /// <param name="mtu">The endpoint's MTU.</param>
    public string Configuration(int side, string more, string socket = "", string encapsulation = "geneve", int mtu = PathMtu) => $$"""
        schema: weft/1
        switch: {name: side{{side}}, poolBuffers: 4096{{(socket.Length > 0 ? $", controlSocket: {socket}" : "")}}}
        ports:
          - {name: vm0, type: af_packet, device: vm0, networkNamespace: {{_hosts[side].Name}}, mtu: {{InnerMtu}}, vlan: {mode: access, id: 10} }
          - {name: up0, type: af_packet, device: up0, networkNamespace: {{_hosts[side].Name}}, role: underlay, mtu: {{_linkMtu}}}
        vteps:
          - {name: v0, port: up0, address: {{Endpoint(side)}}/24, gateway: {{Gateway(side)}}, encapsulation: {{encapsulation}}, mtu: {{mtu}}, {{more}} }
        segments:
          - {name: blue, vlan: 10, vni: 77, vtep: v0, peers: [{{Endpoint(1 - side)}}]}
        """;

    /// <summary>Writes what passes the left end of the path to a file, until it is disposed.</summary>
    public RunningCommand Capture(string file)
    {
        RunningCommand capture = _path.Start("tcpdump", "-i", "p0", "-U", "-s", "0", "-w", file);
        Assert.True(capture.WaitForOutput("listening on", TimeSpan.FromSeconds(30)), capture.Error);
        return capture;
    }

    /// <summary>Makes the kernel's vxlan device the endpoint of both sides, bridged to the machine.</summary>
    public void UseKernelVxlan()
    {
        for (int side = 0; side < 2; side++)
        {
            NetNamespace host = _hosts[side];
            host.AddAddress("up0", Endpoint(side) + "/24");
            host.Ip("route", "add", "default", "via", Gateway(side));
            host.Ip("link", "add", "vx0", "mtu", $"{InnerMtu}", "type", "vxlan", "id", "77", "local", Endpoint(side), "remote", Endpoint(1 - side), "dstport", "4789");
            host.Ip("link", "add", "br0", "type", "bridge");
            foreach (string device in (string[])["vx0", "vm0"])
            {
                host.Ip("link", "set", device, "master", "br0");
                host.Ip("link", "set", device, "up");
            }

            host.Ip("link", "set", "br0", "up");
        }
    }

    /// <summary>Pings from machine to machine, a packet of so many bytes.</summary>
    public CommandResult Ping(int packetBytes, int count = 3, bool dontFragment = true) =>
        Left.Run("ping", "-c", $"{count}", "-i", "0.2", "-W", "2", "-M", dontFragment ? "do" : "dont", "-s", $"{packetBytes - 28}", "10.0.0.2");

    /// <summary>Address of the endpoint of one side.</summary>
    public static string Endpoint(int side) => side == 0 ? "192.0.2.1" : "198.51.100.2";

    public void Dispose()
    {
        foreach (NetNamespace space in (NetNamespace[])[.. _machines, .. _hosts, _path])
        {
            space.Dispose();
        }
    }

    private static string Gateway(int side) => side == 0 ? "192.0.2.254" : "198.51.100.254";
}
