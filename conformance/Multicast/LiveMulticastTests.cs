using Weft.Conformance.Support;

namespace Weft.Conformance.MulticastTests;

/// <summary>Real sockets join and leave, behind this engine and behind the Linux bridge.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class LiveMulticastTests
{
    [Fact]
    public void Sockets_behind_the_engine_get_what_they_asked_for_and_nothing_else()
    {
        LiveRequirements.Need("python3", "ethtool");
        using var net = new Network();
        using var engine = new LiveSwitch(net.Middle.Name, "p0", "p1", "p2");
        net.Judge();
    }

    [Fact]
    public void So_do_sockets_behind_the_Linux_bridge()
    {
        LiveRequirements.Need("python3", "ethtool");
        using var net = new Network();
        CommandResult made = Command.Run(
            "ip", "-n", net.Middle.Name, "link", "add", "name", "br0", "type", "bridge", "mcast_snooping", "1", "mcast_querier", "1",
            "mcast_igmp_version", "3");
        Assert.SkipUnless(made.Succeeded, "needs a kernel with a snooping bridge");
        foreach (string port in new string[] { "p0", "p1", "p2" })
        {
            net.Middle.Ip("link", "set", "dev", port, "master", "br0");
        }

        net.Middle.Ip("link", "set", "dev", "br0", "up");
        Thread.Sleep(TimeSpan.FromSeconds(10.5)); // it floods for its default response time, 10 s, after it became querier
        net.Judge();
    }

    /// <summary>A sender, a host that speaks IGMPv2 and one that speaks IGMPv3, around a namespace for the switch.</summary>
    private sealed class Network : IDisposable
    {
        private readonly NetNamespace[] _hosts = [NetNamespace.Create(), NetNamespace.Create(), NetNamespace.Create()];

        public Network()
        {
            for (int host = 0; host < _hosts.Length; host++)
            {
                Middle.AddVeth($"p{host}", _hosts[host], "eth0");
                _hosts[host].AddAddress("eth0", $"10.77.0.{host + 1}/24");
                _hosts[host].Run("ethtool", "-K", "eth0", "tx", "off");
            }

            _hosts[1].Run("sysctl", "-q", "-w", "net.ipv4.conf.eth0.force_igmp_version=2").Required();
        }

        public NetNamespace Middle { get; } = NetNamespace.Create();

        public void Judge()
        {
            using RunningCommand second = _hosts[1].Start("python3", "-c", LiveGroups.Listener, "eth0", "10.77.0.2", "239.1.1.1", "239.1.1.1");
            using RunningCommand third = _hosts[2].Start("python3", "-c", LiveGroups.Listener, "eth0", "10.77.0.3", "239.1.1.2,10.77.0.1 239.1.1.3,10.77.0.99", "-");
            foreach (string round in new string[] { "joined", "left" })
            {
                Assert.True(second.WaitForOutput(round + " ready", TimeSpan.FromSeconds(15)) && third.WaitForOutput(round + " ready", TimeSpan.FromSeconds(15)), second.Error + third.Error);
                _hosts[0].Run("python3", "-c", LiveGroups.Sender, "10.77.0.1", "239.1.1.1", "239.1.1.2", "239.1.1.3", "239.1.1.4").Required();
                _ = second.WaitForOutput(round + " wire", TimeSpan.FromSeconds(15));
                _ = third.WaitForOutput(round + " wire", TimeSpan.FromSeconds(15));
            }

            Assert.Equal(["joined wire 239.1.1.1=10 sockets 239.1.1.1=10", "left wire  sockets"], Lines(second));
            Assert.Equal(["joined wire 239.1.1.2=10 sockets 239.1.1.2=10", "left wire 239.1.1.2=10 sockets 239.1.1.2=10"], Lines(third));
        }

        public void Dispose()
        {
            Middle.Dispose();
            foreach (NetNamespace host in _hosts)
            {
                host.Dispose();
            }
        }

        private static string[] Lines(RunningCommand program) =>
            [.. program.Output.Split('\n').Where(line => line.Contains("wire", StringComparison.Ordinal)).Select(line => line.Trim())];
    }
}
