using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Open vSwitch at the other ends of two cables: it judges our LACP, and frames cross with both links and with one.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class BondLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Open_vSwitch_agrees_to_a_group_of_two_links_and_loses_one()
    {
        LiveRequirements.Need("ping");
        using var lab = new OvsBondLab("bond_mode=balance-tcp", "lacp=active", "other_config:lacp-time=fast");
        using NetNamespace machine = NetNamespace.Create();
        machine.AddVeth("e0", lab.Peer, "e1");
        machine.AddAddress("e0", "10.9.0.2/24");
        lab.Machines.AddAddress("v0", "10.9.0.1/24");
        await using SwitchHost host = SwitchHost.Start(Plan(lab));
        await Until(host, bond => bond.Usable == 2);
        Assert.True(Wait.Until(() => lab.Appctl("lacp/show", "bnd").Split("current attached").Length == 3, Patience), lab.Appctl("lacp/show", "bnd"));
        Assert.True(Wait.Until(() => machine.Run("ping", "-c", "1", "-W", "1", "10.9.0.1").Succeeded, Patience));

        lab.Peer.Ip("link", "set", "dev", "p1", "down");
        BondSnapshot one = await Until(host, bond => bond.Usable == 1);
        Assert.Equal([false, true], one.Links.Select(link => link.Mux == "distributing"));
        Assert.True(Wait.Until(() => machine.Run("ping", "-c", "1", "-W", "1", "10.9.0.1").Succeeded, Patience));

        lab.Peer.Ip("link", "set", "dev", "p1", "up");
        await Until(host, bond => bond.Usable == 2);
        SwitchSnapshot end = await host.SnapshotAsync();
        Assert.True(end.Totals.Balanced, end.Totals.ToString());
        Assert.All(end.Bonds[0].Links, link => Assert.Equal(0, link.Malformed));
    }

    private static async Task<BondSnapshot> Until(SwitchHost host, Func<BondSnapshot, bool> holds)
    {
        BondSnapshot bond;
        DateTime end = DateTime.UtcNow + Patience;
        do
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            bond = (await host.SnapshotAsync()).Bonds.Single();
        }
        while (!holds(bond) && DateTime.UtcNow < end);

        Assert.True(holds(bond), string.Join('\n', bond.Links));
        return bond;
    }

    private static SwitchPlan Plan(OvsBondLab lab)
    {
        SwitchPlan plan = BondPlans.Bonded(LacpMode.Passive);
        string?[] devices = ["e1", null, "p1", "p2"];
        return plan with
        {
            PoolBuffers = 4096,
            Ports = [.. plan.Ports.Select((port, index) => devices[index] is not string device ? port : port with { Kind = PortKind.AfPacket, Device = device, NetworkNamespace = lab.Peer.Name })],
        };
    }
}
