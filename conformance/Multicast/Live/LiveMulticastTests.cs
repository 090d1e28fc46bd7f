using System.Text.RegularExpressions;
using Weft.Conformance.Support;

namespace Weft.Conformance.MulticastTests;

/// <summary>
/// Real sockets join, filter and leave with IGMPv2, IGMPv3 and MLDv2, behind our executable, the Linux bridge and Open vSwitch. On the wire of
/// a host is what it asked for, and nothing else.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class LiveMulticastTests
{
    private static readonly string[] Devices = ["p0", "p1", "p2", "p3", "p4"];

    /// <summary>First round, second round, for the hosts in turn: IGMPv2, IGMPv3, MLDv2, and one that joins nothing.</summary>
    private static readonly string[][] AskedFor =
    [
        ["wire 239.1.1.1=10 sockets 239.1.1.1=10", "wire  sockets"],
        ["wire 239.1.1.2=10 239.1.1.6=10 sockets 239.1.1.2=10 239.1.1.6=10", "wire 239.1.1.6=10 sockets 239.1.1.6=10"],
        ["wire ff15::1=10 ff15::2=10 sockets ff15::1=10 ff15::2=10", "wire ff15::1=10 sockets ff15::1=10"],
        ["wire  sockets", "wire  sockets"],
    ];

    private static readonly string[] Joined = ["239.1.1.1", "239.1.1.2", "239.1.1.3", "239.1.1.5", "239.1.1.6", "ff15::1", "ff15::2", "ff15::3"];
    private static readonly string[] Left = ["239.1.1.1", "239.1.1.2", "ff15::2"];

    [Fact]
    public void Sockets_behind_the_switch_get_what_they_asked_for_and_nothing_else()
    {
        LiveRequirements.Need("python3", "ethtool");
        using var net = new Network();
        using var weft = new WeftSwitch(net.Middle, Devices, ", unregistered: routers, querier: {ipv4: 10.77.0.250, ipv6: \"fe80::250\"}");
        string[] filters =
        [
            "239.1.1.3 +port p2 +only 10.77.0.99", "239.1.1.5 +port p2 +all but 10.77.0.1", "239.1.1.6 +port p2 +all but 10.77.0.99",
            "ff15::2 +port p3 +only 2001:db8:77::1", "ff15::3 +port p3 +only 2001:db8:77::99",
        ];
        string[][] heard = net.Play(
            beforeFirst: () => Await(weft, groups => Joined.All(group => Names(groups, group)) && filters.All(filter => Regex.IsMatch(groups, filter))),
            beforeSecond: () =>
            {
                Assert.Matches("lan +port p0 +any +239.1.1.1 +10 +output port p1", weft.Show("flows"));
                Await(weft, groups => !Left.Any(group => Names(groups, group)));
            });
        Assert.Equal(AskedFor, heard);
    }

    [Fact]
    public void So_do_sockets_behind_the_Linux_bridge()
    {
        LiveRequirements.Need("python3", "ethtool", "bridge");
        string[][] heard = [];
        // It floods until a second after it first asked, and on a busy machine it asks when it gets to it. It is the peer here, so it has three tries.
        for (int attempt = 1; attempt <= 3 && !heard.SelectMany(lines => lines).SequenceEqual(AskedFor.SelectMany(lines => lines)); attempt++)
        {
            using var net = new Network();
            using var bridge = new LinuxBridge(net.Middle, Devices, queries: true);
            Thread.Sleep(TimeSpan.FromSeconds(4 * attempt));
            heard = net.Play(
                beforeFirst: () => Await(bridge, groups => Joined.All(group => Names(groups, group))),
                beforeSecond: () => Await(bridge, groups => !Left.Any(group => Names(groups, group))));
        }

        Assert.Equal(AskedFor, heard);
    }

    [Fact]
    public void Sockets_behind_Open_vSwitch_hear_sources_that_they_did_not_ask_for_and_cannot_leave_one()
    {
        LiveRequirements.Need("python3", "ethtool", "ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl");
        using var net = new Network();
        using var open = new OpenVSwitch(net.Middle, Devices);
        string[][] heard = net.Play(
            beforeFirst: () => Await(open, groups => AskedFor[1][0].Split(' ').Where(word => word.Contains('=')).All(word => Names(groups, word[..word.IndexOf('=')]))),
            beforeSecond: () => Thread.Sleep(TimeSpan.FromSeconds(5))); // what it should have forgotten by then it has not
        Assert.Equal(AskedFor[0], heard[0]);
        Assert.Equal("wire 239.1.1.2=10 239.1.1.3=10 239.1.1.5=10 239.1.1.6=10 sockets 239.1.1.2=10 239.1.1.6=10", heard[1][0]);
        Assert.Contains("239.1.1.3=10", heard[1][1]);
    }

    private static bool Names(string groups, string group) => Regex.IsMatch(groups, $@"(?<![\d.:]){Regex.Escape(group)}(?![\d.:])");

    /// <summary>Waits until a switch knows of its hosts what the next round needs.</summary>
    private static void Await(SnoopingSwitch under, Func<string, bool> settled)
    {
        bool known = Wait.Until(() => settled(under.Groups()), TimeSpan.FromSeconds(60));
        Assert.True(known, under.Groups());
        // A filter may come in a message of its own, after the one that brought the group.
        Thread.Sleep(TimeSpan.FromSeconds(1));
    }

    /// <summary>A sender and four hosts around a namespace for the switch.</summary>
    private sealed class Network : IDisposable
    {
        private readonly NetNamespace[] _hosts = [NetNamespace.Create(quiet: false), NetNamespace.Create(), NetNamespace.Create(), NetNamespace.Create(quiet: false), NetNamespace.Create()];

        public Network()
        {
            for (int host = 0; host < _hosts.Length; host++)
            {
                // Without detection of duplicates the first reports have their address.
                _hosts[host].Run("sysctl", "-q", "-w", "net.ipv6.conf.default.accept_dad=0");
                Middle.AddVeth(Devices[host], _hosts[host], "eth0");
                _hosts[host].AddAddress("eth0", $"10.77.0.{host + 1}/24");
                _hosts[host].Run("ethtool", "-K", "eth0", "tx", "off");
            }

            _hosts[0].AddAddress("eth0", "2001:db8:77::1/64");
            _hosts[3].AddAddress("eth0", "2001:db8:77::4/64");
            _hosts[1].Run("sysctl", "-q", "-w", "net.ipv4.conf.eth0.force_igmp_version=2").Required();
        }

        public NetNamespace Middle { get; } = NetNamespace.Create();

        /// <summary>What each host heard in both rounds. What is given runs when the hosts have joined, and when they have left.</summary>
        public string[][] Play(Action beforeFirst, Action beforeSecond)
        {
            using RunningCommand igmp2 = Listen(1, "239.1.1.1", leaves: "239.1.1.1");
            using RunningCommand igmp3 = Listen(2, "239.1.1.2,10.77.0.1 239.1.1.3,10.77.0.99 239.1.1.5,!10.77.0.1 239.1.1.6,!10.77.0.99", leaves: "239.1.1.2");
            using RunningCommand mld2 = Listen(3, "ff15::1 ff15::2,2001:db8:77::1 ff15::3,2001:db8:77::99", leaves: "ff15::2");
            using RunningCommand nobody = Listen(4, "", leaves: "");
            RunningCommand[] listeners = [igmp2, igmp3, mld2, nobody];
            foreach ((string round, Action before) in new[] { ("joined", beforeFirst), ("left", beforeSecond) })
            {
                Await(listeners, round + " ready");
                before();
                string[] groups = [.. Enumerable.Range(1, 6).Select(group => $"239.1.1.{group}"), .. Enumerable.Range(1, 4).Select(group => $"ff15::{group}")];
                _hosts[0].Run("python3", [Repository.File("conformance/Multicast/Live/sender.py"), "eth0", .. groups]).Required();
                Await(listeners, round + " wire");
            }

            return [.. listeners.Select(Heard)];
        }

        public void Dispose()
        {
            Middle.Dispose();
            foreach (NetNamespace host in _hosts)
            {
                host.Dispose();
            }
        }

        private RunningCommand Listen(int host, string joins, string leaves) =>
            _hosts[host].Start("python3", Repository.File("conformance/Multicast/Live/listener.py"), "eth0", joins, leaves);

        private static void Await(RunningCommand[] listeners, string text) =>
            Assert.All(listeners, listener => Assert.True(listener.WaitForOutput(text, TimeSpan.FromSeconds(60)), listener.Output + listener.Error));

        private static string[] Heard(RunningCommand program) =>
            [.. program.Output.Split('\n').Where(line => line.Contains(" wire", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim())];
    }
}
