using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>Debian's dnsmasq, in a network of its own, gives a lease to busybox's udhcpc through a relay; jumbo frames follow.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class DhcpRelayLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_server_in_another_network_gives_a_lease_and_frames_of_nine_thousand_bytes_are_routed()
    {
        LiveRequirements.Need("dnsmasq", "busybox", "ping");
        using NetNamespace client = NetNamespace.Create(), server = NetNamespace.Create(), middle = NetNamespace.Create();
        client.AddVeth("c0", middle, "sw0", mtu: 9000);
        server.AddVeth("s0", middle, "sw1", mtu: 9000);
        server.AddAddress("s0", "10.9.0.5/24");
        server.Ip("route", "add", "default", "via", "10.9.0.1");
        SwitchPlan plan = TestPlans.Resolved();
        await using SwitchHost host = SwitchHost.Start(plan with
        {
            Vteps = [],
            PoolBufferBytes = 16_384,
            Segments = [TestPlans.Segment("blue", 10, null), TestPlans.Segment("green", 20, null)],
            Ports = [Port(plan, "web1", "sw0", middle), Port(plan, "db", "sw1", middle) with { NativeVlan = 20 }],
            Routers =
            [
                new RouterPlan
                {
                    Name = "r",
                    Interfaces =
                    [
                        At(0, "02:00:00:00:00:f0", "10.8.0.1") with { DhcpRelay = new DhcpRelayPlan { Servers = [new TunnelAddress(IPv4Address.Parse("10.9.0.5"))] } },
                        At(1, "02:00:00:00:00:f9", "10.9.0.1"),
                    ],
                },
            ],
        });
        using RunningCommand dnsmasq = server.Start("dnsmasq", "--no-daemon", "--port=0", "--conf-file=/dev/null", "--interface=s0", "--bind-interfaces", "--dhcp-range=10.8.0.50,10.8.0.60,255.255.255.0,1h", "--dhcp-leasefile=/dev/null", "--user=root", "--no-ping");
        string script = Path.Combine(Path.GetTempPath(), $"{client.Name}.sh");
        try
        {
            await File.WriteAllTextAsync(script, "#!/bin/sh\n[ \"$1\" = bound ] && ip addr add $ip/24 dev $interface && ip route add default via 10.8.0.1\nexit 0\n", TestContext.Current.CancellationToken);
            Command.Run("chmod", "700", script).Required();
            Assert.True(Wait.Until(() => client.Run("busybox", "udhcpc", "-i", "c0", "-f", "-q", "-n", "-t", "5", "-T", "2", "-s", script).Succeeded, Patience), dnsmasq.Error);
            // 8,972 bytes, ICMP and IP are 9,000, and must not be fragmented.
            Assert.True(Wait.Until(() => client.Run("ping", "-c", "1", "-W", "2", "-M", "do", "-s", "8972", "10.9.0.5").Succeeded, Patience));
            SwitchSnapshot end = await host.SnapshotAsync();
            Assert.True(end.DhcpRelays[0].Requests >= 2 && end.DhcpRelays[0].Replies >= 2);
            Assert.True(end.Totals.Balanced, end.Totals.ToString());
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static RouterInterfacePlan At(int segment, string mac, string address) =>
        new() { Segment = segment, Mac = MacAddress.Parse(mac), MtuBytes = 9000, Addresses = [new NetworkAddress(new TunnelAddress(IPv4Address.Parse(address)), 24)] };

    private static PortPlan Port(SwitchPlan plan, string name, string device, NetNamespace inside) =>
        plan.Ports[TestPlans.Web1] with { Name = name, Kind = PortKind.AfPacket, Device = device, NetworkNamespace = inside.Name, MtuBytes = 9000 };
}
