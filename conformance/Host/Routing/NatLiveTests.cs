using System.Globalization;
using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Conformance.HostTests;

/// <summary>Three switches share one address behind the kernel as the gateway; machines and server are kernels, too.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class NatLiveTests
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task Thousands_of_flows_at_a_time_succeed_and_every_reply_reaches_its_owner()
    {
        LiveRequirements.Need("ping", "sysctl", Python);
        using var lab = new NatLab();
        SwitchHost[] hosts = lab.Start();
        using RunningCommand server = StartServer(lab);
        SwitchSnapshot[] before = await Snapshots(hosts);
        (int udp, int tcp, int icmp) = (800, 200, 200);
        Task<CommandResult>[] clients = [.. Enumerable.Range(1, NatLab.Hosts).Select(host => Task.Run(() =>
            lab.Machines[host].Run(TimeSpan.FromSeconds(120), Python, "-c", NatTraffic.Client, NatLab.Server, $"{udp}", $"{tcp}", $"{icmp}")))];
        CommandResult[] results = await Task.WhenAll(clients);
        SwitchSnapshot[] after = await Snapshots(hosts);
        for (int host = 1; host <= NatLab.Hosts; host++)
        {
            int[] said = Numbers(results[host - 1].Required().Output);
            Assert.Equal([udp, tcp, icmp], said[..3]);
            // The server saw ports of this host's block and of no other.
            Assert.InRange(said[3], host * NatLab.PortsOfHost, said[4]);
            Assert.InRange(said[4], said[3], (host * NatLab.PortsOfHost) + NatLab.PortsOfHost - 1);
            Assert.True(after[host - 1].Totals.Balanced, after[host - 1].Totals.ToString());
            Assert.DoesNotContain(after[host - 1].Drops, drop => drop.Reason is "nat-no-mapping" or "nat-redirected-twice" or "nat-tunnel-refused");
        }

        // Rules see no identifiers of ICMP, so the first host gets all echo replies, and sends on what is not its own: once, since nobody else does.
        Assert.InRange(after[0].Nats[0].Redirected - before[0].Nats[0].Redirected, 2 * icmp, 2 * icmp * 10);
        Assert.Equal(before[1].Nats[0].Redirected, after[1].Nats[0].Redirected);
        Assert.Equal(before[2].Nats[0].Redirected, after[2].Nats[0].Redirected);
    }

    [Fact]
    public async Task What_the_gateway_brings_to_the_wrong_host_is_redirected_exactly_once()
    {
        LiveRequirements.Need("ping", "sysctl", Python);
        using var lab = new NatLab();
        SwitchHost[] hosts = lab.Start();
        using RunningCommand server = StartServer(lab);
        lab.Misroute("udp", owner: 2, to: 3);
        SwitchSnapshot[] before = await Snapshots(hosts);
        int[] said = Numbers(lab.Machines[2].Run(TimeSpan.FromSeconds(60), Python, "-c", NatTraffic.Client, NatLab.Server, "100", "0", "0").Required().Output);
        Assert.Equal(100, said[0]);
        SwitchSnapshot[] after = await Snapshots(hosts);
        long redirected = after[2].Nats[0].Redirected - before[2].Nats[0].Redirected;
        Assert.InRange(redirected, 100, 1000);
        // What was sent on while the next hop was still asked for can be lost, and is asked for again; nothing arrives that was not sent on.
        Assert.InRange(after[1].Nats[0].Inbound - before[1].Nats[0].Inbound, 100, redirected);
        Assert.Equal(before[1].Nats[0].Redirected, after[1].Nats[0].Redirected);
        Assert.DoesNotContain(after[1].Drops, drop => drop.Reason == "nat-redirected-twice");
    }

    [Fact]
    public async Task A_machine_moves_to_another_host_under_traffic_and_its_connection_goes_on_from_the_same_port()
    {
        LiveRequirements.Need("ping", "sysctl", Python);
        using var lab = new NatLab();
        SwitchHost[] hosts = lab.Start();
        using RunningCommand server = StartServer(lab);
        using RunningCommand talker = lab.Machines[1].Start(Python, "-u", "-c", NatTraffic.Talker, NatLab.Server, "12");
        Assert.True(talker.WaitForOutput("talking", TimeSpan.FromSeconds(30)), talker.Error);
        var machine = IPv4Address.Parse(NatLab.AddressOf(1));
        byte[] flows = await hosts[0].ExportMachineAsync(null, machine);
        lab.MoveFirstMachine();
        Assert.True(await hosts[1].ImportMachineAsync("shared", flows));
        Assert.InRange(await hosts[0].MoveMachineAsync(null, machine, IPv6Address.Parse(NatLab.TunnelOf(2))), 1, 100);

        Assert.True(talker.WaitForOutput("said", TimeSpan.FromSeconds(60)), talker.Error);
        int[] said = Numbers(talker.Output.Split('\n').Last(line => line.StartsWith("said", StringComparison.Ordinal))[5..]);
        Assert.InRange(said[0], 20, int.MaxValue);
        Assert.Equal(1, said[1]);
        SwitchSnapshot[] after = await Snapshots(hosts);
        Assert.True(after[0].Nats[0].Redirected > 0);
        Assert.True(after[1].Nats[0].Inbound > 0);
        Assert.DoesNotContain("lost", server.Output);
    }

    [Theory]
    [InlineData(MappingBehavior.EndpointIndependent, FilteringBehavior.EndpointIndependent, "Endpoint Independent Mapping", "Endpoint Independent Filtering")]
    [InlineData(MappingBehavior.EndpointIndependent, FilteringBehavior.AddressDependent, "Endpoint Independent Mapping", "Address Dependent Filtering")]
    [InlineData(MappingBehavior.EndpointIndependent, FilteringBehavior.AddressAndPortDependent, "Endpoint Independent Mapping", "Address and Port Dependent Filtering")]
    [InlineData(MappingBehavior.AddressAndPortDependent, FilteringBehavior.AddressAndPortDependent, "Address and Port Dependent Mapping", "Address and Port Dependent Filtering")]
    public void Rfc5780_coturn_finds_the_behaviour_that_is_configured(MappingBehavior mapping, FilteringBehavior filtering, string saysMapping, string saysFiltering)
    {
        LiveRequirements.Need("ping", "sysctl", "turnserver", "turnutils_natdiscovery");
        using var lab = new NatLab();
        _ = lab.Start(nat => nat with { Behavior = new NatBehavior(mapping, filtering) });
        using RunningCommand server = lab.Remote.Start("turnserver", "-n", "-S", "-L", NatLab.Server, "-L", NatLab.SecondServer, "-p", "3478", "--no-tls", "--no-dtls", "--no-cli", "--log-file", "stdout", "--pidfile", "/dev/null");
        string found = "";
        Assert.True(Wait.Until(
            () =>
            {
                found = lab.Machines[2].Run(TimeSpan.FromSeconds(60), "turnutils_natdiscovery", "-m", "-f", "-p", "3478", NatLab.Server).Output;
                // Silence is how it tells the kinds of filtering apart; on a busy machine it may fall silent for another reason, and asks again.
                return found.Contains(saysMapping + "!", StringComparison.OrdinalIgnoreCase) && found.Contains(saysFiltering + "!", StringComparison.OrdinalIgnoreCase);
            },
            TimeSpan.FromSeconds(90)), found + server.Output + server.Error);
    }

    private static RunningCommand StartServer(NatLab lab)
    {
        RunningCommand server = lab.Remote.Start(Python, "-u", "-c", NatTraffic.Server);
        Assert.True(server.WaitForOutput("ready", TimeSpan.FromSeconds(30)), server.Error);
        return server;
    }

    private static async Task<SwitchSnapshot[]> Snapshots(SwitchHost[] hosts) => await Task.WhenAll(hosts.Select(host => host.SnapshotAsync()));

    private static int[] Numbers(string text) => [.. text.Trim().Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
}
