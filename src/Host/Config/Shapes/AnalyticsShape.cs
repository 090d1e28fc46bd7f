using Weft.Analytics;
using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of analytics.</summary>
internal static class AnalyticsShape
{
    private const int Day = 86_400;

    /// <summary>Names of network namespaces are names of files in /run/netns.</summary>
    private static readonly Scalar<string> Namespace = Scalars.Name;

    private static readonly Shape<AlarmStoreSection> Store = new(
        "store",
        "Where alarms and what was learned are kept. It has exactly one of sqlite and postgresql.",
        new ScalarField<AlarmStoreSection, string>("sqlite", "File of the embedded database; it and its folder are made.", Scalars.Path, (s, v) => s.Sqlite = v),
        new ScalarField<AlarmStoreSection, string>("postgresql", "File whose first line is a connection string such as Host=/run/postgresql;Database=weft;Username=weft.", Scalars.Path, (s, v) => s.PostgreSql = v),
        new ScalarField<AlarmStoreSection, int>("retainDays", "How long what is over is kept.", Scalars.Integer(1, 36_500, "days"), (s, v) => s.RetainDays = v).Default(90));

    private static readonly Shape<PeerGroupSection> Group = new(
        "group",
        "A name for networks that processes talk to. Behaviour is described by it instead of by addresses.",
        new ScalarField<PeerGroupSection, string>("name", "Unique among groups.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarListField<PeerGroupSection, NetworkAddress>("networks", "Its networks; of several groups the longest prefix decides.", Scalars.Prefix, 4096, "required", s => s.Networks));

    private static readonly Shape<ProcessWatchSection> Processes = new(
        "processes",
        "The processes of this machine: what each is and does while it is learned is normal, the rest raises alarms.",
        new ScalarField<ProcessWatchSection, ProcessCollector>(
            "collector",
            "netlink: the kernel tells of every process (needs root). procfs: /proc is looked at again and again. auto: the first if it is offered.",
            Scalars.OneOf(("auto", ProcessCollector.Auto), ("netlink", ProcessCollector.Netlink), ("procfs", ProcessCollector.Procfs)),
            (s, v) => s.Collector = v).Default(ProcessCollector.Auto),
        new ScalarListField<ProcessWatchSection, string>("networkNamespaces", "Names of network namespaces (ip netns) whose processes are watched.", Namespace, 1024, "every process", s => s.NetworkNamespaces),
        new ScalarListField<ProcessWatchSection, int>("users", "Numbers of users whose processes are watched.", Scalars.Integer(0, int.MaxValue), 1024, "every user", s => s.Users),
        new ScalarListField<ProcessWatchSection, string>("ignore", "Beginnings of paths of programs that are not watched, such as /usr/lib/apt/.", Scalars.Path, 1024, "none", s => s.Ignore),
        new GroupListField<ProcessWatchSection, PeerGroupSection>("groups", "Names for networks. Addresses in none are loopback, private, link-local, multicast or internet.", Group, 0, 1024, s => s.Groups),
        new ScalarField<ProcessWatchSection, int>("learnSeconds", "How long everything is taken for normal, from the first start on. What was learned is kept in the store.", Scalars.Integer(1, 366 * Day, "seconds"), (s, v) => s.LearnSeconds = v).Default(Day),
        new ScalarField<ProcessWatchSection, int>("pollMilliseconds", "Time between two looks at sockets and files of processes.", Scalars.Integer(20, 60_000, "milliseconds"), (s, v) => s.PollMilliseconds = v).Default(200),
        new ScalarField<ProcessWatchSection, int>("observeSeconds", "How often a process that does nothing new counts again, so that what runs for months stays known.", Scalars.Integer(1, Day, "seconds"), (s, v) => s.ObserveSeconds = v).Default(60),
        new ScalarField<ProcessWatchSection, int>("maxProcesses", "Processes watched at a time; further ones are counted.", Scalars.Integer(1, 1 << 20), (s, v) => s.MaxProcesses = v).Default(4096),
        new ScalarField<ProcessWatchSection, int>("featureBits", "Bits of a feature vector, a multiple of 64. A change of it makes learning begin anew.", Scalars.Integer(FeatureSpace.MinBits, FeatureSpace.MaxBits), (s, v) => s.FeatureBits = v).Default(2048),
        new ScalarField<ProcessWatchSection, int>("radiusPercent", "How much of its features may differ from what is known.", Scalars.Integer(1, 90, "percent"), (s, v) => s.RadiusPercent = v).Default(12),
        new ScalarField<ProcessWatchSection, int>("falseAlarmPermille", "Share of known actions that score from 50 on.", Scalars.Integer(1, 500, "permille"), (s, v) => s.FalseAlarmPermille = v).Default(10),
        new ScalarField<ProcessWatchSection, int>("promoteSeconds", "How long a new behaviour has been known before it can become normal: your time to refuse it.", Scalars.Integer(0, 366 * Day, "seconds"), (s, v) => s.PromoteSeconds = v).Default(Day),
        new ScalarField<ProcessWatchSection, int>("promoteObservations", "How often it was seen before.", Scalars.Integer(2, 1_000_000), (s, v) => s.PromoteObservations = v).Default(5),
        new ScalarField<ProcessWatchSection, int>("promoteSources", "In how many control groups (services, containers) it was seen before.", Scalars.Integer(1, MicroClusterOptions.MaxSources), (s, v) => s.PromoteSources = v).Default(1),
        new ScalarField<ProcessWatchSection, int>("halfLifeHours", "Time in which the weight of what is seen no more halves.", Scalars.Integer(1, 100_000, "hours"), (s, v) => s.HalfLifeHours = v).Default(168),
        new ScalarField<ProcessWatchSection, int>("regroupSeconds", "How often normal behaviours are grouped into roles, besides after learning and whenever one becomes normal.", Scalars.Integer(1, 366 * Day, "seconds"), (s, v) => s.RegroupSeconds = v).Default(3600),
        new ScalarField<ProcessWatchSection, int>("clearSeconds", "How long after the last process that showed it an alarm is cleared.", Scalars.Integer(1, 30 * Day, "seconds"), (s, v) => s.ClearSeconds = v).Default(300));

    private static readonly Shape<FlowMeterSection> Flows = new(
        "flows",
        "Conversations of bridged frames: noted for quotients, and told to a collector.",
        new ScalarField<FlowMeterSection, int>("flows", "Conversations that each worker follows.", Scalars.Integer(16, 1 << 24), (s, v) => s.Flows = v).Default(65_536),
        new ScalarField<FlowMeterSection, int>("activeSeconds", "How often a conversation that goes on is reported.", Scalars.Integer(1, 3600, "seconds"), (s, v) => s.ActiveSeconds = v).Default(60),
        new ScalarField<FlowMeterSection, int>("idleSeconds", "How long after its last packet a conversation is over.", Scalars.Integer(1, 3600, "seconds"), (s, v) => s.IdleSeconds = v).Default(15),
        new ScalarField<FlowMeterSection, TunnelAddress>("collector", "Address of a collector that gets IPFIX (RFC 7011) over UDP.", Scalars.Receiver, (s, v) => s.Collector = v).IfAbsent("no collector"),
        new ScalarField<FlowMeterSection, int>("collectorPort", "Its port.", Scalars.Integer(1, 65535), (s, v) => s.CollectorPort = v).Default(4739),
        new ScalarField<FlowMeterSection, int>("domain", "Observation domain of the records: tells this switch's from others'.", Scalars.Integer(0, int.MaxValue), (s, v) => s.Domain = v).Default(0));

    private static readonly Shape<QuotientMachineSection> Machine = new(
        "quotientMachine",
        "A machine whose segmentation is judged.",
        new ScalarField<QuotientMachineSection, string>("name", "Its name; where 'machines' has one of that name, its firewalls are the policy.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarListField<QuotientMachineSection, TunnelAddress>("addresses", "Its addresses.", Scalars.Address, 64, "required", s => s.Addresses));

    private static readonly Shape<QuotientApplicationSection> Application = new(
        "quotientApplication",
        "Machines that belong together.",
        new ScalarField<QuotientApplicationSection, string>("name", "Unique among applications.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new GroupListField<QuotientApplicationSection, QuotientMachineSection>("machines", "Its machines.", Machine, 1, 1024, s => s.Machines));

    private static readonly Shape<QuotientSection> Quotients = new(
        "quotients",
        "How well the network is segmented, from the firewalls of its machines and the conversations that were seen.",
        new GroupListField<QuotientSection, QuotientApplicationSection>("applications", "The inventory; 1024 machines at most.", Application, 1, 1024, s => s.Applications),
        new ScalarField<QuotientSection, int>("updateSeconds", "Time between two computations while something changes.", Scalars.Integer(1, 3600, "seconds"), (s, v) => s.UpdateSeconds = v).Default(5),
        new ScalarField<QuotientSection, int>("rememberDays", "How long a conversation that was seen counts.", Scalars.Integer(1, 3650, "days"), (s, v) => s.RememberDays = v).Default(30),
        new ScalarField<QuotientSection, int>("alarmBelow", "An application, or the network, with a smaller quotient is an alarm.", Scalars.Integer(1, 100), (s, v) => s.AlarmBelow = v).IfAbsent("no alarm"));

    /// <summary>The group.</summary>
    public static Shape<AnalyticsSection> Shape { get; } = new(
        "analytics",
        "What is watched beside the traffic, and where alarms go.",
        new GroupField<AnalyticsSection, AlarmStoreSection>("store", "Where alarms are kept. Without it they are forgotten when the switch ends.", Store, (s, v) => s.Store = v),
        new GroupField<AnalyticsSection, ProcessWatchSection>("processes", "The processes of this machine. Without it none is watched.", Processes, (s, v) => s.Processes = v),
        new GroupField<AnalyticsSection, FlowMeterSection>("flows", "Conversations. Noted if the group is written, or if quotients are asked for.", Flows, (s, v) => s.Flows = v),
        new GroupField<AnalyticsSection, QuotientSection>("quotients", "How well the network is segmented. Without it nobody asks.", Quotients, (s, v) => s.Quotients = v));

    /// <summary>Tables of the guide.</summary>
    public static IEnumerable<GuideTable> Guide() =>
        [DocumentShape.Table(Shape), DocumentShape.Table(Store), DocumentShape.Table(Processes), DocumentShape.Table(Group), DocumentShape.Table(Flows), DocumentShape.Table(Quotients), DocumentShape.Table(Application), DocumentShape.Table(Machine)];
}
