namespace Weft.Ids;

/// <summary>One rule as it was read.</summary>
public sealed class Rule
{
    internal Rule()
    {
    }

    /// <summary>What it asks for.</summary>
    public RuleAction Action { get; internal set; }

    /// <summary>Group of numbers that <see cref="Sid"/> belongs to, 1 unless the rule says otherwise.</summary>
    public uint Gid { get; internal set; } = 1;

    /// <summary>Number of the rule.</summary>
    public uint Sid { get; internal set; }

    /// <summary>Revision, 0 if the rule does not say.</summary>
    public uint Rev { get; internal set; }

    /// <summary>Priority, 1 for the most important; 3 if the rule does not say.</summary>
    public byte Priority { get; internal set; } = 3;

    /// <summary>Text for people, empty if there is none.</summary>
    public string Message { get; internal set; } = "";

    /// <summary>Class of the rule, empty if it has none.</summary>
    public string ClassType { get; internal set; } = "";

    /// <summary>Line of the text that the rule begins in, from 1.</summary>
    public int Line { get; internal set; }

    /// <summary>Strings that must be found for the rule to match.</summary>
    public int PatternCount => Contents.Count(content => !content.IsNegated);

    /// <summary>
    /// The rule in one form, whatever the form in which it was read: variables resolved, strings in hexadecimal where they are no
    /// plain text, one buffer after the other. Read again it is the same rule. References and metadata are left out.
    /// </summary>
    public override string ToString() => RuleText.Of(this);

    internal AddressSet Source { get; set; } = AddressSet.Any;

    internal AddressSet Destination { get; set; } = AddressSet.Any;

    internal PortSet SourcePorts { get; set; } = PortSet.Any;

    internal PortSet DestinationPorts { get; set; } = PortSet.Any;

    internal bool IsBidirectional { get; set; }

    internal List<RuleSection> Sections { get; } = [];

    internal List<HeaderCheck> Headers { get; } = [];

    internal List<FlowBit> FlowBits { get; } = [];

    internal FlowCondition Flow { get; set; }

    internal ThresholdOptions? Threshold { get; set; }

    internal bool IsSilent { get; set; }

    /// <summary>Who is told, if the action is to reject.</summary>
    internal RejectTarget RejectTarget { get; set; }

    internal List<Suppression> Suppressions { get; } = [];

    internal RateFilter? RateFilter { get; set; }

    internal List<FlowNumber> FlowNumbers { get; } = [];

    internal List<AddressBit> AddressBits { get; } = [];

    internal List<AppCheck> AppChecks { get; } = [];

    internal RuleProtocol Protocol { get; set; }

    internal IEnumerable<Content> Contents => Sections.SelectMany(section => section.Checks).OfType<Content>();

    /// <summary>The rule with another action; everything else, which nobody changes after reading, is shared.</summary>
    internal Rule With(RuleAction action)
    {
        var copy = (Rule)MemberwiseClone();
        copy.Action = action;
        return copy;
    }

    /// <summary>The section of a buffer; a new one if there is none, or if each has to stand for itself.</summary>
    internal RuleSection SectionOf(BufferKind kind, bool isNew = false)
    {
        RuleSection? found = isNew ? null : Sections.LastOrDefault(section => section.Kind == kind && section.Transforms.Count == 0);
        if (found is null)
        {
            Sections.Add(found = new RuleSection(kind));
        }

        return found;
    }
}
