namespace Weft.Encap;

/// <summary>What a <see cref="PathMtuTable"/> did.</summary>
public struct PathMtuCounters
{
    /// <summary>ICMP messages that made a path smaller.</summary>
    public long Lowered;

    /// <summary>ICMP messages that said nothing new.</summary>
    public long Unchanged;

    /// <summary>ICMP messages that were damaged, forged or out of range.</summary>
    public long Refused;

    /// <summary>Times that a path was assumed larger again.</summary>
    public long Raised;

    /// <summary>Probes sent.</summary>
    public long Probes;

    /// <summary>Probes answered in time.</summary>
    public long Answers;

    /// <summary>Sizes that no answer came for.</summary>
    public long SizesLost;

    /// <summary>Times that a size which had passed passed no more, without a message: black holes (RFC 8899 section 4.3).</summary>
    public long BlackHoles;
}
