using System.Buffers.Binary;
using Weft.Conformance.EncapTests;
using Weft.Conformance.Support;
using Weft.Lb;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Open vSwitch, which remembers a flow's load balancer in its connection tracker as OVN does, and our switch get the same packets.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class LbPeerTests
{
    private const int Packets = 240, Clients = 12;

    /// <summary>Load balancers at ports 1 and 2, the server at port 3. Every packet of a load balancer says whose the flow is; what is nobody's goes to the first one.</summary>
    private static readonly string[] Flows =
    [
        "table=0,priority=10,ip,actions=ct(table=1,zone=1)",
        "table=1,priority=10,in_port=1,ip,actions=ct(commit,zone=1,exec(load:1->NXM_NX_CT_MARK[])),output:3",
        "table=1,priority=10,in_port=2,ip,actions=ct(commit,zone=1,exec(load:2->NXM_NX_CT_MARK[])),output:3",
        "table=1,priority=10,in_port=3,ip,ct_state=+trk+est+rpl,actions=move:NXM_NX_CT_MARK[0..15]->NXM_NX_REG0[0..15],output:NXM_NX_REG0[0..15]",
        "table=1,priority=5,in_port=3,ip,actions=output:1",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Open_vswitch_decides_the_same_about_a_random_trace(int seed)
    {
        LiveRequirements.NeedPrograms("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovs-appctl");
        using var peer = new OfflineSwitch(ports: 3);
        foreach (string flow in Flows)
        {
            peer.AddFlow(flow);
        }

        using var rig = new SwitchRig(NatPlans.Lb(lb => lb with { Policy = RebindPolicy.FollowForward }));
        // Both know where everybody is before the trace begins.
        rig.Pass(Web1, Plain(Broadcast, A)).Pass(Web2, Plain(Broadcast, C)).Pass(Db, Plain(Broadcast, B));
        rig.AllOut();
        var random = new Random(seed);
        var ours = new Dictionary<int, int>();
        int replies = 0;
        for (ushort id = 1; id <= Packets; id++)
        {
            (int from, byte[] frame) = Draw(random, id);
            replies += from == 3 ? 1 : 0;
            peer.Receive($"p{from}", frame);
            rig.Pass(from switch { 1 => Web1, 2 => Web2, _ => Db }, frame);
            Note(ours, rig.Out(Web1), 1);
            Note(ours, rig.Out(Web2), 2);
            Note(ours, rig.Out(Db), 3);
        }

        Dictionary<int, int> theirs = [];
        _ = Wait.Until(
            () =>
            {
                theirs = [];
                for (int port = 1; port <= 3; port++)
                {
                    Note(theirs, peer.Sent($"p{port}"), port);
                }

                return theirs.Count == Packets;
            },
            TimeSpan.FromSeconds(20));
        Assert.Equal(Packets, ours.Count);
        Assert.Equal(theirs.OrderBy(decision => decision.Key), ours.OrderBy(decision => decision.Key));
        Assert.InRange(ours.Count(decision => decision.Value == 2), replies / 5, replies);
    }

    /// <summary>A packet of one of a few flows: from either load balancer to the server, or from the server, whether its flow is known or not.</summary>
    private static (int From, byte[] Frame) Draw(Random random, ushort id)
    {
        string client = $"198.51.100.{1 + random.Next(Clients)}";
        if (random.Next(2) == 0)
        {
            byte[] reply = Udp4(GreenMac, B, "10.2.0.2", client, id: id);
            BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(34), 5000);
            BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(36), 4000);
            return (3, reply);
        }

        int from = 1 + random.Next(2);
        return (from, Udp4(BlueMac, from == 1 ? A : C, client, "10.2.0.2", id: id));
    }

    private static void Note(Dictionary<int, int> seen, List<byte[]> frames, int port)
    {
        foreach (byte[] frame in frames)
        {
            seen[BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(18))] = port;
        }
    }
}
