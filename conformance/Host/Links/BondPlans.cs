using Weft.Bridge;
using Weft.Host.Config;

namespace Weft.Conformance.HostTests;

/// <summary>A switch with a machine at one port and two links of a bond as the other, all in VLAN 10.</summary>
internal static class BondPlans
{
    public const int Machine = 0, Bond = 1, Link1 = 2, Link2 = 3;

    public static SwitchPlan Bonded(LacpMode mode = LacpMode.Active, int mtu = 1500, Func<BondPlan, BondPlan>? change = null)
    {
        SwitchPlan plan = TestPlans.Resolved();
        PortPlan access = plan.Ports[TestPlans.Web1];
        var bond = new BondPlan { Members = [Link1, Link2], Mode = mode, FastRate = true };
        PortPlan link = access with { Role = PortRole.Member, NativeVlan = 0, MtuBytes = mtu };
        return plan with
        {
            Name = "bonded",
            Ports =
            [
                access with { Name = "machine" },
                access with { Name = "bond", Kind = PortKind.Bond, Bond = change is null ? bond : change(bond) },
                link with { Name = "link1" },
                link with { Name = "link2" },
            ],
            Vteps = [],
            Segments = [TestPlans.Segment("blue", 10, null)],
        };
    }
}
