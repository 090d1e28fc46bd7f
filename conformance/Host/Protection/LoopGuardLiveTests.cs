using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Two ports of the switch on one bridge of the kernel that speaks no spanning tree.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class LoopGuardLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_loop_through_the_kernels_bridge_is_cut_and_the_machine_behind_it_is_still_reached()
    {
        LiveRequirements.Need("ping");
        using NetNamespace far = NetNamespace.Create(), near = NetNamespace.Create(), machine = NetNamespace.Create();
        far.AddVeth("a0", near, "sw0");
        far.AddVeth("b0", near, "sw1");
        machine.AddVeth("m0", near, "sw2");
        machine.AddAddress("m0", "10.9.1.2/24");
        far.Ip("link", "add", "name", "br0", "type", "bridge");
        far.Ip("link", "set", "dev", "a0", "master", "br0");
        far.Ip("link", "set", "dev", "br0", "up");
        far.AddAddress("br0", "10.9.1.1/24");
        SwitchPlan plan = TestPlans.Resolved();
        await using SwitchHost host = SwitchHost.Start(plan with
        {
            Vteps = [],
            Segments = [TestPlans.Segment("blue", 10, null)],
            Ports = [Port(plan, "one", "sw0", near) with { LoopGuard = new LoopGuardPlan { Recovery = null } }, Port(plan, "two", "sw1", near) with { LoopGuard = new LoopGuardPlan { Recovery = null } }, Port(plan, "machine", "sw2", near)],
        });
        far.Ip("link", "set", "dev", "b0", "master", "br0");
        PortSnapshot[] shut = [];
        for (DateTime end = DateTime.UtcNow + Patience; shut.Length == 0 && DateTime.UtcNow < end; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            shut = [.. (await host.SnapshotAsync()).Ports.Where(port => port.Shutdown is not null)];
        }

        Assert.Equal("loop", Assert.Single(shut).Shutdown!.Cause);
        Assert.Contains(host.ReadEvents(0).Events, happened => happened.Name == "loop-found");
        Assert.True(Wait.Until(() => machine.Run("ping", "-c", "1", "-W", "2", "10.9.1.1").ExitCode == 0, Patience));
        // Without the loop a person opens it, and it stays open.
        far.Ip("link", "set", "dev", "b0", "nomaster");
        await host.EnablePortAsync(shut[0].Name);
        Assert.True(Wait.Until(() => machine.Run("ping", "-c", "1", "-W", "2", "10.9.1.1").ExitCode == 0, Patience));
        SwitchSnapshot last = await host.SnapshotAsync();
        Assert.All(last.Ports, port => Assert.Null(port.Shutdown));
        Assert.True(last.Totals.Balanced, last.Totals.ToString());
    }

    private static PortPlan Port(SwitchPlan plan, string name, string device, NetNamespace inside) =>
        plan.Ports[TestPlans.Web1] with { Name = name, Kind = PortKind.AfPacket, Device = device, NetworkNamespace = inside.Name };
}
