using Weft.Bridge;
using Weft.Conformance.BridgeTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.BondPlans;
using static Weft.Conformance.HostTests.TestFrames;

namespace Weft.Conformance.HostTests;

/// <summary>Bonds in a switch: frames come and go through links, and everything else sees one port.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class BondHostTests
{
    [Fact]
    public void With_a_static_bond_each_flow_takes_one_link_and_addresses_are_learned_behind_the_bond()
    {
        using var rig = new SwitchRig(Bonded(LacpMode.Static));
        rig.Run().Pass(Link2, Plain(Broadcast, B)).Pass(Link1, Plain(Broadcast, C));
        Assert.Equal(2, rig.Out(Machine).Count);
        Assert.Equal(["bond", "bond"], rig.Switch.Snapshot().Fdb.Select(entry => entry.Port));
        int[] sent = new int[2];
        for (int flow = 0; flow < 64; flow++)
        {
            var from = new MacAddress(0x0200_0000_1000UL + (ulong)flow);
            for (int again = 0; again < 3; again++)
            {
                rig.Pass(Machine, Plain(B, from));
            }

            int first = rig.Out(Link1).Count, second = rig.Out(Link2).Count;
            Assert.Contains((first, second), new[] { (3, 0), (0, 3) });
            sent[first == 3 ? 0 : 1]++;
        }

        Assert.All(sent, count => Assert.True(count > 8));
    }

    [Fact]
    public void A_frame_from_one_link_never_goes_back_through_another()
    {
        using var rig = new SwitchRig(Bonded(LacpMode.Static));
        rig.Run().Pass(Link1, Plain(Broadcast, B));
        Assert.Single(rig.Out(Machine));
        Assert.Empty(rig.Out(Link1));
        Assert.Empty(rig.Out(Link2));
    }

    [Fact]
    public void When_a_link_fails_the_other_takes_its_flows_and_events_say_so()
    {
        using var rig = new SwitchRig(Bonded(LacpMode.Static));
        rig.Run();
        rig.Link(Link1).Cut();
        rig.Wait(TimeSpan.FromMilliseconds(200));
        for (int flow = 0; flow < 16; flow++)
        {
            rig.Pass(Machine, Plain(Broadcast, new MacAddress(0x0200_0000_1000UL + (ulong)flow)));
        }

        Assert.Equal(16, rig.Out(Link2).Count);
        SwitchEvent left = Assert.Single(rig.Switch.ReadEvents().Events, happened => happened.Name == "link-left");
        Assert.Equal(("bond", "link1", "1"), (left.Subject, left.Fields["port"], left.Fields["usable"]));
        BondSnapshot shown = Assert.Single(rig.Switch.Snapshot().Bonds);
        Assert.Equal((1, "static"), (shown.Usable, shown.Mode));
        Assert.Equal([false, true], shown.Links.Select(link => link.IsUp));
    }

    [Fact]
    public void By_lacp_the_switch_speaks_first_and_carries_frames_once_the_partner_is_in_step()
    {
        using var rig = new SwitchRig(Bonded());
        rig.Run();
        Assert.True(LinkAggregator.IsSlowProtocol(Assert.Single(rig.Out(Link1))));
        Agree(rig);
        rig.Wait(TimeSpan.FromSeconds(2.1));
        Agree(rig);
        BondSnapshot shown = Assert.Single(rig.Switch.Snapshot().Bonds);
        Assert.Equal(2, shown.Usable);
        Assert.Equal(["current", "current"], shown.Links.Select(link => link.Receiver));
        Assert.Equal(LacpFrames.Partner, shown.Links[0].Partner);
        Assert.Contains("distributing", shown.Links[0].State);
        Assert.Equal(2, Assert.Single(SnapshotJson.Deserialize(SnapshotJson.Serialize(rig.Switch.Snapshot())).Bonds).Links.Count);
        _ = rig.Out(Link1).Count + rig.Out(Link2).Count;
        rig.Pass(Machine, Plain(Broadcast, A));
        Assert.Equal(1, rig.Out(Link1).Count(IsPlain) + rig.Out(Link2).Count(IsPlain));

        // A reload does not interrupt it.
        rig.Switch.Apply(rig.Switch.Plan with { Name = "bonded" }, rig.Switch.Ports);
        Assert.Equal(2, Assert.Single(rig.Switch.Snapshot().Bonds).Usable);
        rig.Pass(Link2, Plain(Broadcast, B));
        Assert.Single(rig.Out(Machine));
        rig.Wait(TimeSpan.FromSeconds(3.1));
        Assert.Equal(0, Assert.Single(rig.Switch.Snapshot().Bonds).Usable);
    }

    [Fact]
    public void With_several_workers_the_first_one_agrees_and_all_send()
    {
        using var rig = new SwitchRig(Bonded(LacpMode.Static) with { Workers = 2, PoolBuffers = 4096 });
        rig.Run();
        for (int flow = 0; flow < 16; flow++)
        {
            rig.Pass(Machine, Plain(Broadcast, new MacAddress(0x0200_0000_1000UL + (ulong)flow)));
        }

        Assert.Equal(16, rig.Out(Link1).Count + rig.Out(Link2).Count);
        using var agreed = new SwitchRig(Bonded() with { Workers = 2, PoolBuffers = 4096 });
        agreed.Run();
        Agree(agreed);
        agreed.Wait(TimeSpan.FromSeconds(2.1));
        Agree(agreed);
        Assert.Equal(2, Assert.Single(agreed.Switch.Snapshot().Bonds).Usable);
    }

    [Fact]
    public void A_trace_names_the_link_and_the_bond()
    {
        using var rig = new SwitchRig(Bonded(LacpMode.Static));
        rig.Run();
        PacketTrace there = PacketTracer.Trace(rig.Switch.Plan, "machine", Plain(Broadcast, A), rig.Switch.Snapshot());
        Assert.Contains(there.Lines, line => line.Text.EndsWith("is the link of bond for this flow", StringComparison.Ordinal));
        Assert.Contains(Assert.Single(there.SentTo), new[] { "link1", "link2" });
        PacketTrace back = PacketTracer.Trace(rig.Switch.Plan, "link1", Plain(Broadcast, B), rig.Switch.Snapshot());
        Assert.Contains(back.Lines, line => line is { Stage: "link", Text: "port link1 is a link of bond" });
        Assert.Equal(["machine"], back.SentTo);
        using var alone = new SwitchRig(Bonded());
        alone.Run();
        PacketTrace down = PacketTracer.Trace(alone.Switch.Plan, "machine", Plain(Broadcast, A), alone.Switch.Snapshot());
        Assert.StartsWith("VERDICT dropped by transmit: bond-down", down.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_allocated_for_frames_of_a_bond()
    {
        using var rig = new SwitchRig(Bonded(LacpMode.Static));
        rig.Run();
        byte[] there = Plain(B, A), back = Plain(A, B), buffer = new byte[2000];
        Timestamp now = rig.Now;
        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < 50_000; i++)
            {
                rig.Link(Machine).Right.TrySend(there, now);
                rig.Link(Link1 + (i & 1)).Right.TrySend(back, now);
                now += TimeSpan.FromMilliseconds(1);
                rig.Switch.RunOnce(now);
                for (int port = 0; port <= Link2; port++)
                {
                    while (rig.Link(port).Right.TryReceive(buffer, now, out _))
                    {
                    }
                }
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(rig.Switch.Totals.Balanced);
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "bond: {}", "a port of type bond has no links" },
        { "bond: { members: [a, nobody] }", "no port has the name 'nobody'" },
        { "bond: { members: [a, c] }", "port 'c' is no link of a bond by its role" },
        { "bond: { members: [a, a] }", "is a link of bond 'bond' already" },
        { "bond: { members: [a], minLinks: 2 }", "the bond has 1 links" },
        { "bond: { members: [a, b] }\n    device: eth7", "its links have devices" },
        { "bond: { members: [a, b] }\n    lldp: both", "LLDP speaks over single cables" },
        { "bond: { members: [a, b] }\n    mtu: 9000", "is less than that of its bond" },
        { "bond: { members: [a] }", "no bond has port 'b' as a link" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistakes_in_the_configuration_are_named(string bond, string complaint)
    {
        string text = $"""
            schema: weft/1
            ports:
              - name: bond
                type: bond
                {bond.Replace("\n    ", "\n    ", StringComparison.Ordinal)}
              - name: a
                type: tap
                device: a
                role: member
              - name: b
                type: tap
                device: b
                role: member
              - name: c
                type: tap
                device: c
            segments:
              - name: blue
                vlan: 1
            """;
        ConfigurationResult result = ConfigurationFile.ReadText(text, "bond.yaml");
        Assert.Contains(result.Problems, problem => problem.Message.Contains(complaint, StringComparison.Ordinal));
    }

    private static bool IsPlain(byte[] frame) => !LinkAggregator.IsSlowProtocol(frame);

    /// <summary>The partner repeats what the switch said last at each link, and says that it is in step.</summary>
    private static void Agree(SwitchRig rig)
    {
        foreach (int port in new[] { Link1, Link2 })
        {
            const LacpState state = LacpState.Activity | LacpState.ShortTimeout | LacpState.Aggregation | LacpState.Synchronization | LacpState.Collecting | LacpState.Distributing;
            var you = new LacpEnd(0x8000, Weft.Host.Datapath.Links.LinkIdentity.Of(rig.Switch.Plan), 1, 0x8000, (ushort)(port + 1), state);
            rig.Pass(port, LacpFrames.Message(you, LacpFrames.InStep, (ushort)port));
        }
    }
}
