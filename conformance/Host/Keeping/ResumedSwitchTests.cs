using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.MachinePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>A switch that begins with the file of another goes on where that one ended.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ResumedSwitchTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("weft-resumed-").FullName, "state");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void An_answer_to_what_a_machine_asked_the_switch_before_comes_through_its_firewall()
    {
        SwitchPlan plan = With(Connections, Firewall());
        byte[] question = Udp(Machine, 1000, Remote, 53), answer = Udp(Remote, 53, Machine, 1000);
        SwitchSnapshot state;
        using (SwitchRig before = Rig(plan))
        {
            before.Pass(Web1, question);
            state = Through(before, plan);
        }

        using (SwitchRig anew = Rig(plan))
        {
            anew.Pass(Web2, answer);
            Assert.Empty(anew.Out(Web1));
        }

        using var after = new SwitchRig(plan, state);
        after.Pass(Web2, answer);
        Assert.Equal([answer], after.Out(Web1));
        // The address of the machine was learned, too: nothing was flooded.
        Assert.Empty(after.Out(Trunk));
    }

    [Fact]
    public void A_reply_finds_the_load_balancer_that_the_switch_before_saw()
    {
        SwitchPlan plan = NatPlans.Lb();
        SwitchSnapshot state;
        using (var before = new SwitchRig(plan))
        {
            before.Pass(Web2, Udp4(RouterPlans.BlueMac, TestFrames.C, "198.51.100.9", "10.2.0.2"));
            state = Through(before, plan);
        }

        byte[] reply = Udp4(RouterPlans.GreenMac, TestFrames.B, "10.2.0.2", "198.51.100.9");
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(34), 5000);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(36), 4000);
        using var after = new SwitchRig(plan, state);
        after.Pass(Db, reply);
        Assert.Equal(TestFrames.C, MacAddress.Read(Assert.Single(after.Out(Web2))));
    }

    [Fact]
    public void Who_owns_a_machine_is_the_clusters_to_say()
    {
        SwitchPlan plan = With(Connections);
        using SwitchRig rig = Rig(plan);
        SwitchSnapshot state = rig.Switch.Snapshot();
        Assert.Equal("serving", Assert.Single(KeptState.Fitting(state, plan).Machines).State);
        SwitchPlan shared = plan with { Cluster = new ClusterPlan { Host = "h1", Lease = TimeSpan.FromSeconds(10) } };
        Assert.Equal("", Assert.Single(KeptState.Fitting(state, shared).Machines).State);
        Assert.Equal("", Assert.Single(KeptState.Fitting(state with { Machines = [state.Machines[0] with { State = "leaving" }] }, plan).Machines).State);
    }

    [Fact]
    public void Flows_through_ports_that_the_new_process_does_not_own_end_with_the_old_one()
    {
        SwitchPlan plan = NatPlans.Nat();
        using var before = new SwitchRig(plan);
        before.Pass(Web1, NatHostTests.Request(4000));
        SwitchSnapshot state = before.Switch.Snapshot();
        Assert.NotNull(Assert.Single(KeptState.Fitting(state, plan).Nats).Export);

        SwitchPlan leased = NatPlans.Nat(change: nat => nat with { Blocks = [], Shared = new NatSharedPlan([IPv4Address.Parse(NatPlans.Shared)], 8, 4, 100, 4, TimeSpan.FromSeconds(240)) });
        Assert.Null(Assert.Single(KeptState.Fitting(state, leased).Nats).Export);
        SwitchPlan elsewhere = NatPlans.Nat(change: nat => nat with { Blocks = [.. nat.Blocks.Select(block => block with { Address = IPv4Address.Parse("192.0.2.77") })] });
        Assert.Null(Assert.Single(KeptState.Fitting(state, elsewhere).Nats).Export);
    }

    private SwitchSnapshot Through(SwitchRig rig, SwitchPlan plan)
    {
        StateFile.Write(_file, rig.Switch.Snapshot(), Noon);
        SwitchSnapshot? state = StateFile.Take(_file, Noon, TimeSpan.FromSeconds(1), out _, out string? problem);
        Assert.Null(problem);
        return KeptState.Fitting(state!, plan);
    }
}
