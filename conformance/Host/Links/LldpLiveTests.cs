using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Debian's lldpd at the other end of the cable: each learns the other, and forgets it when it says good-bye.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class LldpLiveTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Lldpd_and_the_switch_find_each_other()
    {
        LiveRequirements.Need("lldpd", "lldpcli");
        using NetNamespace far = NetNamespace.Create(), near = NetNamespace.Create();
        far.AddVeth("e0", near, "sw0");
        string socket = Path.Combine(Path.GetTempPath(), $"{far.Name}.lldp");
        try
        {
            SwitchPlan plan = TestPlans.Resolved() with
            {
                Name = "weft-under-test",
                Ports = [Port("web1", "sw0", near)],
                Vteps = [],
                Segments = [TestPlans.Segment("blue", 10, null)],
                Lldp = new LldpPlan { Interval = TimeSpan.FromSeconds(1), ManagementAddress = new TunnelAddress(Packets.IPv4Address.Parse("192.0.2.77")) },
            };
            await using SwitchHost host = SwitchHost.Start(plan);
            using RunningCommand lldpd = far.Start("lldpd", "-d", "-u", socket, "-I", "e0", "-S", "a peer of the switch");
            string seen = "";
            bool found = Wait.Until(() => (seen = far.Run("lldpcli", "-u", socket, "show", "neighbors").Output).Contains("weft-under-test", StringComparison.Ordinal), Patience);
            Assert.True(found, lldpd.Error);
            Assert.Contains("ifname web1", seen);
            Assert.Contains("192.0.2.77", seen);
            Assert.Contains("Bridge, on", seen);
            LldpNeighborSnapshot? heard = null;
            for (var end = DateTime.UtcNow + Patience; heard is null && DateTime.UtcNow < end; await Task.Delay(50, TestContext.Current.CancellationToken))
            {
                heard = (await host.SnapshotAsync()).Lldp!.Neighbors is [var first, ..] ? first : null;
            }

            Assert.Equal("a peer of the switch", heard?.Description);
            SwitchSnapshot end2 = await host.SnapshotAsync();
            Assert.True(end2.Totals.Balanced, end2.Totals.ToString());
        }
        finally
        {
            File.Delete(socket);
        }
    }

    private static PortPlan Port(string name, string device, NetNamespace inside) => new()
    {
        Name = name,
        Kind = PortKind.AfPacket,
        Role = PortRole.Access,
        Device = device,
        NetworkNamespace = inside.Name,
        MtuBytes = 1500,
        VlanMode = VlanMode.Access,
        NativeVlan = 10,
        Lldp = LldpMode.Both,
    };
}
