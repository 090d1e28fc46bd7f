using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Presence;
using static Weft.Conformance.HostTests.SasePlans;

namespace Weft.Conformance.HostTests;

/// <summary>The takeover that a node plays through before it starts, so that none is its first.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class SaseRehearsalTests
{
    [Fact]
    public void A_node_takes_over_in_memory_sends_answers_and_hands_over_before_it_starts()
    {
        SaseRehearsal.Outcome outcome = SaseRehearsal.Run(Node());

        // A flow of each protocol with the first owner, whose backup is this node, and again with this node itself.
        Assert.Equal((true, true), (outcome.TookOver, outcome.HandedOver));
        Assert.Equal((4, 4), (outcome.Left, outcome.Answered));
        Assert.Equal(3, outcome.Forwarded);
    }

    [Fact]
    public void What_is_rehearsed_is_what_the_configuration_is()
    {
        foreach (Weft.Sase.ServiceEncapsulation encapsulation in Enum.GetValues<Weft.Sase.ServiceEncapsulation>())
        {
            SwitchPlan plan = Node();
            plan = plan with { Sase = plan.Sase! with { Encapsulation = encapsulation } };
            SaseRehearsal.Outcome outcome = SaseRehearsal.Run(plan);
            Assert.Equal((encapsulation, true, 4, 3), (encapsulation, outcome.TookOver, outcome.Answered, outcome.Forwarded));
        }
    }

    [Fact]
    public void A_gateway_and_a_node_without_others_have_nothing_to_rehearse()
    {
        Assert.Equal(default, SaseRehearsal.Run(Gateway()));
        SwitchPlan alone = Node();
        alone = alone with { Sase = alone.Sase! with { Nodes = [alone.Sase.Address] } };
        Assert.Equal(default, SaseRehearsal.Run(alone));
    }
}
