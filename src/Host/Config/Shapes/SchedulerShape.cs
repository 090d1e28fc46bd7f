using Weft.Bridge;
using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of egress queues.</summary>
internal static class SchedulerShape
{
    private const int LastQueue = EgressSchedulerOptions.Queues - 1;

    public static Shape<SchedulerQueueSection> Queue { get; } = new(
        "schedulerQueue",
        "One of the eight queues. Those that are not named are strict and keep 64 frames.",
        new ScalarField<SchedulerQueueSection, int>("queue", "Its number; higher ones matter more.", Scalars.Integer(0, LastQueue), (s, v) => s.Queue = v).Required(),
        new ScalarField<SchedulerQueueSection, int>("weight", "Share among the weighted queues, by octets (enhanced transmission selection of IEEE 802.1Q, by deficit round robin).", Scalars.Integer(1, EgressQueueOptions.MaxWeight), (s, v) => s.Weight = v).IfAbsent("strict priority: before all weighted queues and strict ones with lower numbers"),
        new ScalarField<SchedulerQueueSection, int>("frames", "Most frames that wait; more are dropped as egress-queue-full.", Scalars.Integer(1, 4096), (s, v) => s.Frames = v).Default(64),
        new ScalarField<SchedulerQueueSection, int>("bytes", "Most octets that wait; one frame always may.", Scalars.Integer(64, 1_000_000_000, "bytes"), (s, v) => s.Bytes = v).IfAbsent("no limit"),
        new ScalarField<SchedulerQueueSection, int>("ecnFrames", "Frames that wait from which on packets of ends that understand it are marked as having met congestion (RFC 3168); less than frames.", Scalars.Integer(1, 4095), (s, v) => s.EcnFrames = v).IfAbsent("nothing is marked"),
        new ScalarListField<SchedulerQueueSection, int>("dscp", "Code points of IP packets that wait here.", MatchShape.Dscp, 64, "those whose upper three bits are the number", s => s.Dscp),
        new ScalarListField<SchedulerQueueSection, int>("priorities", "Priorities of VLAN tags that wait here.", Scalars.Integer(0, 7), 8, "that of the same number, but 0 in queue 1 and 1 in queue 0 (IEEE 802.1Q table 8-5)", s => s.Priorities));

    public static Shape<SchedulerSection> Shape { get; } = new(
        "scheduler",
        "Queues in front of ports: what waits where, what leaves first, how fast all of it leaves.",
        new ScalarField<SchedulerSection, string>("name", "Unique among schedulers.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<SchedulerSection, bool>("trust", "What says the queue of a frame that has both. dscp: the code point of its IP packet. priority: its VLAN tag.", Scalars.OneOf(("dscp", false), ("priority", true)), (s, v) => s.Trust = v).Default(false),
        new ScalarField<SchedulerSection, int>("kilobits", "Most that leaves, by octets of frames without preamble and checksum.", Scalars.Integer(8, int.MaxValue, "kilobits a second"), (s, v) => s.Kilobits = v).IfAbsent("what the port takes"),
        new ScalarField<SchedulerSection, int>("burstBytes", "Octets that leave at once after a pause.", Scalars.Integer(1_600, 100_000_000, "bytes"), (s, v) => s.BurstBytes = v).IfAbsent("what the rate carries in 10 ms, two of the longest frames at least"),
        new GroupListField<SchedulerSection, SchedulerQueueSection>("queues", "Queues.", Queue, 0, EgressSchedulerOptions.Queues, s => s.Queues));

    public static ScalarField<PortSection, string> Port { get; } =
        new ScalarField<PortSection, string>("scheduler", "Name of the scheduler of what leaves; for the links of a bond, not for the bond.", Scalars.Name, (s, v) => s.Scheduler = v).IfAbsent("frames leave in the order in which they came, and what the port does not take is dropped");

    /// <summary>The tables of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() => [DocumentShape.Table(Shape), DocumentShape.Table(Queue)];
}
