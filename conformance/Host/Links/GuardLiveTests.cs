using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Debian's dnsmasq gives a lease to busybox's udhcpc through the switch, which then knows whose the address is.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class GuardLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_lease_of_dnsmasq_lets_the_client_speak_and_another_address_is_refused()
    {
        LiveRequirements.Need("dnsmasq", "busybox", "ping");
        using NetNamespace client = NetNamespace.Create(), server = NetNamespace.Create(), middle = NetNamespace.Create();
        client.AddVeth("c0", middle, "sw0");
        server.AddVeth("s0", middle, "sw1");
        server.AddAddress("s0", "10.8.0.1/24");
        SwitchPlan plan = TestPlans.Resolved();
        await using SwitchHost host = SwitchHost.Start(plan with
        {
            Vteps = [],
            Segments = [TestPlans.Segment("blue", 10, null)],
            Ports = [Port(plan, "web1", "sw0", middle) with { Guard = new PortGuardPlan { Snoops = true, ChecksSources = true } }, Port(plan, "web2", "sw1", middle)],
        });
        using RunningCommand dnsmasq = server.Start("dnsmasq", "--no-daemon", "--port=0", "--conf-file=/dev/null", "--interface=s0", "--bind-interfaces", "--dhcp-range=10.8.0.50,10.8.0.60,1h", "--dhcp-leasefile=/dev/null", "--user=root", "--no-ping");
        string script = Path.Combine(Path.GetTempPath(), $"{client.Name}.sh");
        try
        {
            await File.WriteAllTextAsync(script, "#!/bin/sh\n[ \"$1\" = bound ] && ip addr add $ip/24 dev $interface\nexit 0\n", TestContext.Current.CancellationToken);
            Command.Run("chmod", "700", script).Required();
            Assert.True(Wait.Until(() => client.Run("busybox", "udhcpc", "-i", "c0", "-f", "-q", "-n", "-t", "5", "-T", "2", "-s", script).Succeeded, Patience), dnsmasq.Error);
            GuardBindingSnapshot known = Assert.Single((await host.SnapshotAsync()).Guard!.Bindings);
            Assert.StartsWith("10.8.0.", known.Address.ToString(), StringComparison.Ordinal);
            Assert.True(Wait.Until(() => client.Run("ping", "-c", "1", "-W", "1", "10.8.0.1").Succeeded, Patience));

            client.AddAddress("c0", "10.8.0.99/24");
            Assert.False(client.Run("ping", "-c", "1", "-W", "2", "-I", "10.8.0.99", "10.8.0.1").Succeeded);
            SwitchSnapshot end = await host.SnapshotAsync();
            Assert.Contains(end.Drops, drop => drop.Reason is "guard-source" or "guard-neighbor");
            Assert.True(end.Totals.Balanced, end.Totals.ToString());
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static PortPlan Port(SwitchPlan plan, string name, string device, NetNamespace inside) =>
        plan.Ports[TestPlans.Web1] with { Name = name, Kind = PortKind.AfPacket, Device = device, NetworkNamespace = inside.Name };
}
