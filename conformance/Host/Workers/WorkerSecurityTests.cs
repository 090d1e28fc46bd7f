using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.HostTests.WorkerFrames;

namespace Weft.Conformance.HostTests;

/// <summary>One protected tunnel, several workers: each association is one worker's, and what the sender aims lands there.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class WorkerSecurityTests
{
    private const int Flows = 200;
    private const int SourcePortOffset = 34;

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 8)]
    [InlineData(4, 8)]
    [InlineData(8, 8)]
    [InlineData(2, 2)]
    [InlineData(4, 2)]
    public void Packets_of_each_association_land_on_the_worker_that_they_are_aimed_at(int associations, int workers)
    {
        using var lab = new SecurityLab(outbound: associations);
        using var near = new SwitchRig(Aimed(lab.Plan, queues: workers));
        using var far = new SwitchRig(lab.FarPlan with { Workers = workers });
        List<byte[]> wire = Sealed(near);
        long[] sent = [.. Outbound(near).Select(association => association.Packets)];
        Assert.Equal((associations, Flows), (sent.Length, (int)sent.Sum()));
        Assert.All(sent, packets => Assert.InRange(packets, Flows / associations / 3, Flows * 3 / associations));

        wire.ForEach(packet => far.Send(Up0, packet));
        far.Run();
        AssociationSnapshot[] opened = Inbound(far);
        for (int place = 0; place < associations; place++)
        {
            Assert.Equal((place % workers, sent[place]), (opened[place].Worker, opened[place].Packets));
        }

        // By the dispatcher alone: a packet that came to another worker would meet the stage twice.
        SwitchSnapshot snapshot = far.Switch.Snapshot(SnapshotParts.None);
        Assert.Equal(Flows, snapshot.Stages.Single(stage => stage.Name == "open").Packets);
        Assert.Empty(snapshot.Drops);
    }

    [Fact]
    public void Rfc9611_Section2_Each_worker_seals_with_associations_of_its_own()
    {
        using var lab = new SecurityLab(outbound: 4);
        // Without the second peer, which has but one association.
        using var near = new SwitchRig(Aimed(lab.Plan, queues: 4).With(0, blue => blue with { Peers = [new TunnelAddress(PeerAddress)] }) with { Workers = 4 });
        _ = Sealed(near);
        // A flow is at one worker, and no packet changed workers in order to be sealed.
        Assert.Equal(Flows, near.Switch.Snapshot().Stages.Single(stage => stage.Name == "seal").Packets);
        Assert.Equal([0, 1, 2, 3], Outbound(near).Select(association => association.Worker));
        Assert.All(Outbound(near), association => Assert.True(association.Packets > 0));
    }

    [Fact]
    public void With_fewer_associations_than_workers_those_that_have_one_seal_for_the_others()
    {
        using var lab = new SecurityLab(outbound: 2);
        using var near = new SwitchRig(Aimed(lab.Plan, queues: 4) with { Workers = 4 });
        List<byte[]> wire = Sealed(near);
        Assert.Equal([0, 1], Outbound(near).Select(association => association.Worker));
        Assert.All(Outbound(near), association => Assert.InRange(association.Packets, Flows / 5, Flows));
        EspOpener opener = SecurityLab.Opener(0x1000, 0x1001);
        Assert.Equal(Enumerable.Range(0, Flows), wire.Select(packet => (int)Read(SecurityLab.Inside(opener, packet, out _)).Flow).Order());
    }

    [Fact]
    public void A_packet_that_comes_to_another_worker_is_opened_by_the_one_that_has_the_window()
    {
        using var lab = new SecurityLab(outbound: 4);
        using var near = new SwitchRig(Aimed(lab.Plan, queues: 4));
        using var far = new SwitchRig(lab.FarPlan with { Workers = 4 });
        List<byte[]> wire = Sealed(near);
        for (int packet = 0; packet < wire.Count; packet++)
        {
            // A translator on the way gives each packet another source port; then everything is sent again.
            BinaryPrimitives.WriteUInt16BigEndian(wire[packet].AsSpan(SourcePortOffset), (ushort)(20_000 + (packet * 77)));
            far.Send(Up0, wire[packet]);
        }

        far.Run();
        Assert.Equal(Flows, Inbound(far).Sum(association => association.Packets));
        wire.ForEach(packet => far.Send(Up0, packet));
        far.Run();
        Assert.Equal(Flows, Inbound(far).Sum(association => association.Packets));
        Assert.Equal(Flows, far.Drops()["esp-replay"]);
        Assert.Equal("esp-replay", Assert.Single(far.Drops()).Key);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void What_comes_out_of_each_flow_does_not_depend_on_the_number_of_workers(int workers)
    {
        Assert.Equal(Through(1), Through(workers));

        static List<string> Through(int workers)
        {
            using var lab = new SecurityLab(outbound: 8);
            using var near = new SwitchRig(Aimed(lab.Plan, queues: workers) with { Workers = workers });
            using var far = new SwitchRig(lab.FarPlan with { Workers = workers });
            for (uint number = 0; number < 5; number++)
            {
                for (ushort flow = 0; flow < 50; flow++)
                {
                    near.Send(Web1, Udp(Broadcast, A, flow, number));
                }
            }

            near.Run().Out(Up0).Where(packet => packet[33] == 2).ToList().ForEach(packet => far.Send(Up0, packet));
            far.Run();
            return [.. far.Out(Web1).GroupBy(frame => Read(frame).Flow).OrderBy(flow => flow.Key).SelectMany(flow => flow).Select(Convert.ToHexString)];
        }
    }

    [Fact]
    public void Fragments_meet_in_one_worker_whether_they_come_with_esp_or_without()
    {
        using var lab = new SecurityLab(Jumbo());
        foreach (bool isSealed in (bool[])[true, false])
        {
            SwitchPlan nearPlan = isSealed ? lab.Plan : Open(lab.Plan), farPlan = isSealed ? lab.FarPlan : Open(lab.FarPlan);
            using var near = new SwitchRig(nearPlan with { Workers = 4 });
            using var far = new SwitchRig(farPlan with { Workers = 4 });
            for (ushort flow = 0; flow < 20; flow++)
            {
                near.Send(Web1, Udp(Broadcast, A, flow, 0, length: 6000));
            }

            // Numbers of workers that cut at once must not meet either, whatever the order.
            byte[][] wire = [.. near.Run().Out(Up0).Where(packet => packet[33] == 2)];
            Assert.True(wire.Length >= 20 * 4);
            new Random(7).Shuffle(wire);
            Array.ForEach(wire, packet => far.Send(Up0, packet));
            far.Run();
            Assert.Equal(Enumerable.Range(0, 20), far.Out(Web1).Select(frame => (int)Read(frame).Flow).Order());
            Assert.Empty(far.Drops());
            Assert.Equal(0, far.Switch.Totals.Held);
        }

        static SwitchPlan Open(SwitchPlan plan) => plan with { Vteps = [plan.Vteps[0] with { Security = [] }] };
    }

    [Fact]
    public void Keys_change_with_several_workers_and_no_number_is_used_twice()
    {
        using var lab = new SecurityLab(outbound: 4);
        SwitchPlan plan = Aimed(lab.Plan, queues: 4);
        using var near = new SwitchRig(plan with { Workers = 4 });
        EspOpener opener = SecurityLab.Opener(0x1000, 0x1001, 0x1002, 0x1003);
        foreach (int workers in (int[])[2, 4, 1, 3])
        {
            foreach (byte[] packet in Sealed(near))
            {
                // The judge's window refuses what was used before.
                _ = SecurityLab.Inside(opener, packet, out _);
            }

            near.Switch.Apply(plan with { Workers = workers }, near.Switch.Ports);
        }

        Assert.Equal(4 * Flows, opener.Counters.Opened);
    }

    /// <summary>The first peer's associations aimed at queues in turn, as an operator writes them.</summary>
    private static SwitchPlan Aimed(SwitchPlan plan, int queues)
    {
        VtepPlan vtep = plan.Vteps[0];
        SecurityPlan first = vtep.Security[0] with
        {
            Receiver = new RssReceiver(ToeplitzKey.Microsoft, RssIndirectionTable.RoundRobin(128, queues)),
            Outbound = [.. vtep.Security[0].Outbound.Select((association, place) => association with { Queue = place % queues })],
        };
        return plan with { Vteps = [vtep with { Security = [first, .. vtep.Security.Skip(1)] }] };
    }

    private static SwitchPlan Jumbo()
    {
        SwitchPlan plan = Fragmenting();
        return (plan with { PoolBufferBytes = 9472, Vteps = [plan.Vteps[0] with { Fragmentation = plan.Vteps[0].Fragmentation with { MaxDatagrams = 64, MaxPerSource = 64, MaxPerVni = 64 } }] })
            .WithPort(Web1, port => port with { MtuBytes = 8000 }).WithPort(Web2, port => port with { MtuBytes = 8000 }).WithPort(Trunk, port => port with { MtuBytes = 8000 });
    }

    /// <summary>One frame of each flow to the first peer, and what the underlay port sent.</summary>
    private static List<byte[]> Sealed(SwitchRig near)
    {
        for (ushort flow = 0; flow < Flows; flow++)
        {
            near.Send(Web1, Udp(Broadcast, A, flow, 0));
        }

        return [.. near.Run().Out(Up0).Where(packet => packet[33] == 2)];
    }

    private static AssociationSnapshot[] Outbound(SwitchRig rig) => [.. Associations(rig, "out")];

    private static AssociationSnapshot[] Inbound(SwitchRig rig) => [.. Associations(rig, "in")];

    private static IEnumerable<AssociationSnapshot> Associations(SwitchRig rig, string direction) => rig.Switch.Snapshot(SnapshotParts.None).Associations
        .Where(association => association.Direction == direction && association.Peer != new TunnelAddress(Peer3Address)).OrderBy(association => association.Spi);
}
