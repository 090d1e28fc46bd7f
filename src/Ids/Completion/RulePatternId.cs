namespace Weft.Ids;

/// <summary>
/// Names one pattern of one rule. A pattern that several rules use has one identifier in each of them; a rule is complete
/// when all of its identifiers were seen.
/// </summary>
/// <param name="Value">The rule's number in the image in the upper 24 bits, the pattern's place in the rule in the lower 8.</param>
public readonly record struct RulePatternId(uint Value)
{
    /// <summary>Bits of the place in the rule.</summary>
    public const int OrdinalBits = 8;

    /// <summary>Makes an identifier.</summary>
    /// <param name="rule">Number of the rule, below 2^24.</param>
    /// <param name="ordinal">Place of the pattern in the rule, below 256.</param>
    public RulePatternId(int rule, int ordinal)
        : this((uint)rule << OrdinalBits | (byte)ordinal)
    {
    }

    /// <summary>Number of the rule in the image.</summary>
    public int Rule => (int)(Value >> OrdinalBits);

    /// <summary>Place of the pattern in the rule.</summary>
    public int Ordinal => (byte)Value;
}
