using Weft.Packets;

namespace Weft.Ids;

/// <summary>Rules compiled for detection: immutable, shared by all detectors, exchanged whole.</summary>
public sealed class RuleImage
{
    /// <summary>Flow bits that the rules of an image may use.</summary>
    public const int MaxFlowBits = FlowBitSet.Count;

    /// <summary>Numbers of <c>flowint</c> that the rules of an image may use.</summary>
    public const int MaxFlowNumbers = FlowNumberSet.Count;

    private readonly List<RuleGroup> _groups = [];
    private readonly MessagePlan[][] _plans;

    private RuleImage(CompiledRule[] rules, ImageBuffer[] buffers, int left, bool isPassFirst)
    {
        IsPassFirst = isPassFirst;
        FirstPass = Array.FindIndex(rules, rule => rule.Rule.Action == RuleAction.Pass);
        CompiledRules = rules;
        Buffers = buffers;
        RulesLeftOut = left;
        PayloadBuffer = Array.FindIndex(buffers, buffer => buffer.Kind == BufferKind.Payload && buffer.Transforms.Length == 0);
        HasAddressRules = rules.Any(rule => rule.Targets == RuleTargets.Addresses);
        AddressRules = [.. Numbers(rule => rule.Targets == RuleTargets.Addresses)];
        HeaderRules = [.. Numbers(rule => rule.Rule.Protocol.Scope == RuleScope.Header)];
        Packets = [.. Enum.GetValues<PacketTransport>().Select(transport => new PortGroups[] { Ports(transport, toServer: false), Ports(transport, toServer: true) })];
        ProtocolRules = [.. Numbers(rule => rule.Targets == RuleTargets.Protocol)];
        _plans = [.. Enum.GetValues<AppProtocol>().Select(app => PlansOf(app))];
    }

    /// <summary>Rules in the image.</summary>
    public int RuleCount => CompiledRules.Length;

    /// <summary>Rules that have no string of two bytes or more and are therefore evaluated whenever their header matches.</summary>
    public int UnanchoredCount => CompiledRules.Count(rule => rule.Anchor is null);

    /// <summary>Rules that were left out because the image has no flow bits or numbers left for them.</summary>
    public int RulesLeftOut { get; }

    /// <summary>Groups of rules that are looked for together: by transport, direction and port, and by buffer.</summary>
    public int GroupCount => _groups.Count;

    /// <summary>Bytes of memory that the tables of all groups take.</summary>
    public long MemoryBytes => _groups.Sum(group => group.Patterns.MemoryBytes);

    /// <summary>Distinct strings that are looked for, those of several groups counted in each.</summary>
    public int PatternCount => _groups.Sum(group => group.Patterns.Count);

    /// <summary>The mechanisms by which strings are looked for, those of all groups together.</summary>
    public MatcherKind Kinds => _groups.Aggregate(MatcherKind.None, (kinds, group) => kinds | group.Patterns.Kinds);

    internal CompiledRule[] CompiledRules { get; }

    internal ImageBuffer[] Buffers { get; }

    internal IReadOnlyList<RuleGroup> Groups => _groups;

    /// <summary>True if nothing applies to what a rule has passed.</summary>
    internal bool IsPassFirst { get; }

    /// <summary>The first rule that passes: those before it apply to what was passed, too.</summary>
    internal int FirstPass { get; }

    /// <summary>Number of the plain payload among the buffers, or -1.</summary>
    internal int PayloadBuffer { get; }

    internal bool HasAddressRules { get; }

    internal int[] AddressRules { get; }

    internal int[] HeaderRules { get; }

    /// <summary>Rules for packets and streams, by transport and direction.</summary>
    internal PortGroups[][] Packets { get; }

    /// <summary>Rules that ask for nothing but the application's protocol.</summary>
    internal int[] ProtocolRules { get; }

    /// <summary>A rule by its number in the image, which is the order in which rules are applied.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such rule.</exception>
    public Rule RuleAt(int index) => CompiledRules[index].Rule;

    /// <summary>Compiles rules.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="order">Actions in the order in which their rules apply; null for pass, drop, reject, alert. Those left out come last.</param>
    public static RuleImage Compile(RuleSet rules, IReadOnlyList<RuleAction>? order = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        RuleAction[] ranks = [.. order ?? [], .. Enum.GetValues<RuleAction>()];
        var names = new RuleNames();
        var buffers = new RuleBuffers();
        var compiled = new List<CompiledRule>();
        int left = 0;
        foreach (Rule rule in rules.Rules)
        {
            CompiledRule? one = CompiledRule.TryCompile(rule, names, buffers);
            left += one is null ? 1 : 0;
            if (one is not null)
            {
                compiled.Add(one);
            }
        }

        // As in Suricata: by action, then those that set flow bits before those that ask for them, then by priority.
        CompiledRule[] ordered = [.. compiled.OrderBy(it => Array.IndexOf(ranks, it.Rule.Action)).ThenBy(it => it.FlowBitOrder).ThenBy(it => it.Rule.Priority)];
        return new RuleImage(ordered, [.. buffers.All], left, isPassFirst: ranks[0] == RuleAction.Pass);
    }

    /// <summary>What to look at when a message of an application has come to a stage.</summary>
    internal MessagePlan PlanOf(AppProtocol app, bool toServer, BufferStage stage) => _plans[(int)app][(toServer ? 2 : 0) + (stage == BufferStage.Body ? 1 : 0)];

    private MessagePlan[] PlansOf(AppProtocol app) =>
        [PlanFor(app, false, BufferStage.Head), PlanFor(app, false, BufferStage.Body), PlanFor(app, true, BufferStage.Head), PlanFor(app, true, BufferStage.Body)];

    private MessagePlan PlanFor(AppProtocol app, bool toServer, BufferStage stage)
    {
        MessageScan[] scans = [.. Enumerable.Range(0, Buffers.Length)
            .Where(buffer => BufferTraits.AppOf(Buffers[buffer].Kind) == app && BufferTraits.StageOf(Buffers[buffer].Kind) == stage && SourceOf(buffer) == buffer)
            .Select(buffer => new MessageScan(buffer, BuildMessageGroup(buffer, toServer))).Where(scan => !scan.Group.IsEmpty)];

        // Rules that are found by their payload's strings alone have no group among the buffers of messages.
        int[] unanchored = [.. Numbers(rule => rule.Targets == RuleTargets.Message && rule.App == app && rule.Stage == stage && rule.IsFor(toServer)
            && (rule.Anchor is not CompiledSection anchor || BufferTraits.AppOf(anchor.Kind) == AppProtocol.Unknown))];
        return new MessagePlan(scans, unanchored);
    }

    private IEnumerable<int> Numbers(Func<CompiledRule, bool> filter) => Enumerable.Range(0, CompiledRules.Length).Where(rule => filter(CompiledRules[rule]));

    private static RuleTransport TransportOf(PacketTransport transport) => transport switch
    {
        PacketTransport.Tcp => RuleTransport.Tcp,
        PacketTransport.Udp => RuleTransport.Udp,
        PacketTransport.Icmp => RuleTransport.Icmp,
        _ => RuleTransport.Ip,
    };

    private PortGroups Ports(PacketTransport packets, bool toServer)
    {
        RuleTransport transport = TransportOf(packets);
        FlowCondition opposite = toServer ? FlowCondition.ToClient : FlowCondition.ToServer;
        int[] members = [.. Numbers(rule => (rule.Targets & (RuleTargets.Packet | RuleTargets.Stream)) != 0 && rule.Rule.Protocol.Scope != RuleScope.Header
            && (rule.Rule.Flow & opposite) == 0 && !Array.Exists(rule.Headers, check => Excludes(check, packets)) && MayCarry(rule.Rule.Protocol.Transport, transport, packets))];
        bool isTcp = transport == RuleTransport.Tcp;
        var groups = new PortGroups(CompiledRules, members, PayloadBuffer, toServer, hasPorts: isTcp || transport == RuleTransport.Udp, isTcp);
        foreach (RuleGroup group in groups.All)
        {
            _groups.Add(group);
        }

        return groups;
    }

    /// <summary>The rules of TCP for one direction and port: of segments and of streams.</summary>
    internal RuleGroup TcpGroup(bool toServer, ushort serverPort) => Packets[(int)PacketTransport.Tcp][toServer ? 1 : 0].For(serverPort);

    // Rules for any protocol of IP may ask for one that this is not.
    private static bool Excludes(HeaderCheck check, PacketTransport packets) => check.Field == HeaderField.Protocol
        && packets switch { PacketTransport.Tcp => !check.Matches((long)IpProtocol.Tcp), PacketTransport.Udp => !check.Matches((long)IpProtocol.Udp), _ => false };

    private static bool MayCarry(RuleTransport asked, RuleTransport transport, PacketTransport packets) => asked switch
    {
        RuleTransport.Ip => true,
        RuleTransport.Icmp or RuleTransport.IcmpV4 or RuleTransport.IcmpV6 => transport == RuleTransport.Icmp,
        RuleTransport.Sctp => packets == PacketTransport.Other,
        _ => asked == transport,
    };

    /// <summary>Bodies have several names: they are scanned once, for the rules of all.</summary>
    private int SourceOf(int buffer)
    {
        bool isBody = BufferTraits.StageOf(Buffers[buffer].Kind) == BufferStage.Body && Buffers[buffer].Transforms.Length == 0;
        return isBody ? Array.FindIndex(Buffers, one => BufferTraits.StageOf(one.Kind) == BufferStage.Body && one.Transforms.Length == 0) : buffer;
    }

    private RuleGroup BuildMessageGroup(int buffer, bool toServer)
    {
        var builder = new RuleGroupBuilder(CompiledRules);
        IEnumerable<int> rules = Numbers(rule => rule.Targets == RuleTargets.Message && rule.IsFor(toServer) && rule.Anchor is not null && SourceOf(rule.Anchor.Buffer) == buffer);
        RuleGroup group = builder.Build(rules, _ => true, isTcp: false, toServer);
        if (!group.IsEmpty)
        {
            _groups.Add(group);
        }

        return group;
    }
}
