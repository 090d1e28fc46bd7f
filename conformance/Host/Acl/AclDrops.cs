using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath;
using static Weft.Conformance.HostTests.AclFrames;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What makes a port drop what switch features do not let pass, by reason.</summary>
internal static class AclDrops
{
    public static Dictionary<DropReason, Func<Dictionary<string, long>>> Producers { get; } = new()
    {
        [DropReason.AclDenied] = () => After(AclTests.In(AclTests.List(AclAction.Deny, false)), Udp(B, A, "10.0.0.1", "10.0.0.2", 1, 2)),
        [DropReason.AclRejected] = () => After(AclTests.In(AclTests.List(AclAction.Reject, false)), Udp(B, A, "10.0.0.1", "10.0.0.2", 1, 2)),
        [DropReason.AclConnectionsFull] = () => After(AclTests.Stateful() with { AclConnections = 16 }, [.. Enumerable.Range(1, 17).Select(port => Udp(B, A, "10.0.0.1", "10.0.0.2", (ushort)port, 80))]),
        [DropReason.QosPoliced] = () => After(QosTests.Marked(true, QosTests.Rule("r", Packets.IpProtocol.Udp) with { Meter = new QosMeterOptions { CommittedRate = 1, CommittedBurst = 10, SecondRate = 1, SecondBurst = 10 } }), Udp(B, A, "10.0.0.1", "10.0.0.2", 1, 2)),
        [DropReason.EgressQueueFull] = QueueFull,
        [DropReason.MirrorLimited] = () => After(MirrorTests.Local(new MirrorPlan { Name = "m", Ports = [Web1], PacketsPerSecond = 1, To = Db }), Udp(B, A, "10.0.0.1", "10.0.0.2", 1, 2), Udp(B, A, "10.0.0.1", "10.0.0.2", 1, 2)),
    };

    private static Dictionary<string, long> QueueFull()
    {
        using var rig = new SwitchRig(EgressQueueTests.Queued(rate: 1));
        EgressQueueTests.Send(rig, 0, 100);
        return rig.Drops();
    }

    internal static Dictionary<string, long> After(SwitchPlan plan, params byte[][] frames)
    {
        using var rig = new SwitchRig(plan);
        foreach (byte[] frame in frames)
        {
            rig.Pass(Web1, frame);
        }

        return rig.Drops();
    }
}
