using System.Globalization;

namespace Weft.Sase;

/// <summary>
/// Fencing token of a placement bundle: a term that only grows, and in its low octet the node that owns the bundle in it. Two owners can
/// therefore never have the same epoch, whoever handed the epochs out, and the greater one is right.
/// </summary>
/// <remarks>
/// <code>
///  31                         8 7           0
/// +----------------------------+-------------+
/// |            term            |    node     |
/// +----------------------------+-------------+
/// </code>
/// On the wire it is the four octets of the Geneve option, or the first context word of NSH.
/// </remarks>
/// <param name="Value">The number; 0 for none.</param>
public readonly record struct Epoch(uint Value) : IComparable<Epoch>
{
    /// <summary>Most nodes of a point of presence: as many as eight bits name.</summary>
    public const int MaxNodes = 256;

    /// <summary>The last term: with a takeover a second it is reached after half a year.</summary>
    public const uint MaxTerm = (1 << 24) - 1;

    private const int TermShift = 8;

    /// <summary>Nobody has ever owned it.</summary>
    public static Epoch None => default;

    /// <summary>True if nobody has ever owned it.</summary>
    public bool IsNone => Value == 0;

    /// <summary>The node that owns the bundle in this epoch, 0 to 255. Without meaning for <see cref="None"/>.</summary>
    public int Node => (int)(Value & (MaxNodes - 1));

    /// <summary>The term, 0 to 2^24 - 1.</summary>
    public uint Term => Value >> TermShift;

    /// <summary>The least epoch of a term later than this one's in which a node owns the bundle.</summary>
    /// <param name="node">The node, 0 to 255.</param>
    public Epoch Next(int node) => new(((Term + 1) << TermShift) | (byte)node);

    /// <inheritdoc/>
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <summary>For example <c>3.1</c>: term 3, node 1.</summary>
    public override string ToString() => IsNone ? "none" : string.Create(CultureInfo.InvariantCulture, $"{Term}.{Node}");

    /// <summary>True if <paramref name="left"/> is the earlier one.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.Value < right.Value;

    /// <summary>True if <paramref name="left"/> is the later one.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.Value > right.Value;

    /// <summary>True if <paramref name="left"/> is not the later one.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.Value <= right.Value;

    /// <summary>True if <paramref name="left"/> is not the earlier one.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.Value >= right.Value;
}
