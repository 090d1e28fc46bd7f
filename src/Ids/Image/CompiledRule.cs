namespace Weft.Ids;

/// <summary>What a rule is compared with.</summary>
[Flags]
internal enum RuleTargets : byte
{
    None = 0,

    /// <summary>Each packet.</summary>
    Packet = 1,

    /// <summary>Streams, and packets that belong to none.</summary>
    Stream = 2,

    /// <summary>Messages of an application.</summary>
    Message = 4,

    /// <summary>The first packet of a conversation in each direction: nothing but addresses is asked.</summary>
    Addresses = 8,

    /// <summary>The packet that decides which application a conversation is of.</summary>
    Protocol = 16,
}

/// <summary>A rule with names as numbers and with what is left to check once its strings were found.</summary>
internal sealed class CompiledRule
{
    private const FlowCondition PacketConditions = FlowCondition.NoStream | FlowCondition.OnlyFragment | FlowCondition.NoFragment;

    private CompiledRule(Rule rule, RuleNames names, RuleBuffers buffers)
    {
        Rule = rule;
        Sections = [.. rule.Sections.Select(section => new CompiledSection(section, buffers.NumberOf(section)))];
        Headers = [.. rule.Headers];
        FlowBits = [.. rule.FlowBits.Select(bit => (bit.Action, bit.Names.Select(names.BitOf).ToArray(), bit.All))];
        FlowNumbers = [.. rule.FlowNumbers.Select(number => (number.Action, names.NumberOf(number.Name), number.Range, number.Operand))];
        AddressBits = [.. rule.AddressBits.Select(bit => (bit, names.AddressBitOf(bit.Name)))];
        AppChecks = [.. rule.AppChecks];
        App = rule.Protocol.App != AppProtocol.Unknown ? rule.Protocol.App : Sections.Select(section => BufferTraits.AppOf(section.Kind)).FirstOrDefault(app => app != AppProtocol.Unknown);
        NeedsEvaluation = Sections.Any(section => !section.IsDecidedByStrings) || Sections.Length > 1 || rule.PatternCount > RulePatternTable.MaxOrdinals;
        Targets = TargetsOf(rule);
        Anchor = RuleGroupBuilder.AnchorOf(Sections, Targets == RuleTargets.Message);
        Stage = Sections.Length == 0 ? BufferStage.Packet : Sections.Max(section => BufferTraits.StageOf(section.Kind));
        ToServer = Sections.All(section => BufferTraits.IsToServer(section.Kind)) && (rule.Flow & FlowCondition.ToClient) == 0;
        ToClient = Sections.All(section => BufferTraits.IsToClient(section.Kind)) && (rule.Flow & FlowCondition.ToServer) == 0;
        bool asks = rule.FlowBits.Exists(bit => bit.Action <= FlowBitAction.IsNotSet) || rule.AddressBits.Exists(bit => bit.Action <= FlowBitAction.IsNotSet);
        bool sets = rule.FlowBits.Exists(bit => bit.Action > FlowBitAction.IsNotSet) || rule.AddressBits.Exists(bit => bit.Action > FlowBitAction.IsNotSet);
        FlowBitOrder = sets ? (asks ? 1 : 0) : asks ? 2 : 3;
    }

    public Rule Rule { get; }

    public RuleTargets Targets { get; }

    public AppProtocol App { get; }

    /// <summary>What a message must have brought before the rule can be decided.</summary>
    public BufferStage Stage { get; }

    /// <summary>Directions in which its buffers exist.</summary>
    public bool ToServer { get; }

    public bool ToClient { get; }

    public CompiledSection[] Sections { get; }

    /// <summary>The section by whose strings the rule is found, or null if it has none.</summary>
    public CompiledSection? Anchor { get; }

    public HeaderCheck[] Headers { get; }

    public (FlowBitAction Action, int[] Bits, bool All)[] FlowBits { get; }

    public (FlowNumberAction Action, int Number, NumberRange Range, uint Operand)[] FlowNumbers { get; }

    public (AddressBit Bit, uint Number)[] AddressBits { get; }

    public AppCheck[] AppChecks { get; }

    /// <summary>True if only the conversation matters: addresses, ports, its application, its state.</summary>
    public bool AsksNothingOfPackets => Sections.Length == 0 && Headers.Length == 0;

    /// <summary>True if packets that belong to no stream do not matter.</summary>
    public bool IsForStreamsOnly => Rule.Protocol.Scope == RuleScope.Stream || (Rule.Flow & FlowCondition.OnlyStream) != 0;

    public bool NeedsEvaluation { get; }

    public int FlowBitOrder { get; }

    /// <summary>Null if there are no numbers left for the rule's names.</summary>
    public static CompiledRule? TryCompile(Rule rule, RuleNames names, RuleBuffers buffers) =>
        names.HasRoomFor(rule) ? new CompiledRule(rule, names, buffers) : null;

    public bool IsFor(bool toServer) => toServer ? ToServer : ToClient;

    private RuleTargets TargetsOf(Rule rule)
    {
        if (Sections.Any(section => BufferTraits.AppOf(section.Kind) != AppProtocol.Unknown))
        {
            return RuleTargets.Message;
        }

        bool isForPackets = rule.Protocol.Scope is RuleScope.Packet or RuleScope.Header || (rule.Flow & PacketConditions) != 0
            || Sections.Length == 0 || Sections.Any(section => section.Kind != BufferKind.Payload) || rule.Headers.Exists(check => IsOfPacket(check.Field));
        if (!isForPackets)
        {
            bool isAtPlace = Sections.Any(section => Array.Exists(section.Checks, check => check is Content { IsRelative: false, IsAtPlace: true })) && rule.Protocol.Scope != RuleScope.Stream && (rule.Flow & FlowCondition.OnlyStream) == 0;
            return isAtPlace ? RuleTargets.Stream | RuleTargets.Packet : RuleTargets.Stream;
        }

        bool asksProtocol = rule.AppChecks.Count > 0 && Sections.Length == 0 && rule.Headers.Count == 0 && rule.FlowBits.Count == 0 && rule.FlowNumbers.Count == 0 && rule.AddressBits.Count == 0;
        if (asksProtocol)
        {
            return RuleTargets.Protocol;
        }

        bool asksNothing = Sections.Length == 0 && rule.Headers.Count == 0 && rule.Flow == FlowCondition.None && rule.AppChecks.Count == 0 && rule.FlowBits.Count == 0
            && rule.FlowNumbers.Count == 0 && rule.AddressBits.Count == 0;
        bool asksAddresses = asksNothing && rule.Protocol is { Transport: RuleTransport.Ip, App: AppProtocol.Unknown, Scope: RuleScope.Any }
            && rule.SourcePorts.IsAny && rule.DestinationPorts.IsAny && (!rule.Source.IsAny || !rule.Destination.IsAny) && !rule.Source.HasExclusions && !rule.Destination.HasExclusions;
        return asksAddresses ? RuleTargets.Addresses : RuleTargets.Packet;
    }

    private static bool IsOfPacket(HeaderField field) =>
        field is not (HeaderField.SameAddress or HeaderField.StreamSizeBoth or HeaderField.StreamSizeClient or HeaderField.StreamSizeEither or HeaderField.StreamSizeServer);
}
