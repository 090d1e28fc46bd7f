using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>The arithmetic of cutting frames.</summary>
public sealed class FragmentPlanTests
{
    [Theory, Trait(Kind.Key, Kind.Property)]
    [InlineData(1464, 1, 1464, 1464)] // 1500 - 20 - 8 - 8: the longest frame that goes whole over IPv4
    [InlineData(1514, 2, 760, 754)] // balanced, not 1448 and 66
    [InlineData(9014, 7, 1288, 1286)]
    public void Geneve_over_IPv4_at_an_MTU_of_1500(int innerLength, int count, int payload, int last)
    {
        var budget = new PathBudget(1500, IpBytes: 20, TunnelBytes: 16, FragmentBytes: GeneveFragmentOption.Length);
        Assert.Equal(1464, budget.Whole);
        Assert.Equal(1452, budget.Fragment);
        Assert.Equal(new FragmentPlan(count, payload, last), FragmentPlan.Create(innerLength, budget.Whole, budget.Fragment));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void ESP_in_UDP_below_the_tunnel_is_paid_for_with_its_alignment()
    {
        // 1500 - 20 (IP) - 8 (UDP) - 8 (ESP) - 8 (IV) - 16 (tag) = 1440, - 2 (trailer) - 16 (UDP, Geneve) - 12 (option) = 1410.
        var budget = new PathBudget(1500, IpBytes: 20, TunnelBytes: 16, FragmentBytes: GeneveFragmentOption.Length, EspBytes: 24);
        Assert.Equal(1410, budget.Fragment);
        Assert.Equal(1408, FragmentPlan.Create(9014, budget.Whole, budget.Fragment, FragmentSplit.Greedy).Payload);
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Every_plan_covers_the_frame_within_the_budget()
    {
        var cases = Arb.From(
            from length in Gen.Choose(1, 65535)
            from budget in Gen.Frequency((1, Gen.Choose(8, 100)), (3, Gen.Choose(100, 9000)))
            from split in Gen.Elements(FragmentSplit.Balanced, FragmentSplit.Greedy)
            select (length, budget, split));
        Prop.ForAll(cases, c =>
        {
            FragmentPlan plan = FragmentPlan.Create(c.length, c.budget + 12, c.budget, c.split);
            int sum = 0;
            for (int index = 0; index < plan.Count; index++)
            {
                Assert.Equal(sum, plan.OffsetOf(index));
                Assert.InRange(plan.PayloadOf(index), 1, plan.Count == 1 ? c.budget + 12 : c.budget);
                Assert.True(index == plan.Count - 1 || plan.PayloadOf(index) % 8 == 0);
                sum += plan.PayloadOf(index);
            }

            Assert.Equal(c.length, sum);
            if (plan.Count > 1 && c.split == FragmentSplit.Balanced)
            {
                Assert.InRange(plan.Payload - plan.LastPayload, 0, 8 * plan.Count - 1);
            }
        }).Check(Chance.Of(2000));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Impossible_lengths_are_named()
    {
        Assert.Contains("1 to 65535", Assert.Throws<ArgumentOutOfRangeException>(() => FragmentPlan.Create(0, 100, 80)).Message);
        Assert.Contains("at least 8", Assert.Throws<ArgumentOutOfRangeException>(() => FragmentPlan.Create(100, 50, 7)).Message);
    }
}
