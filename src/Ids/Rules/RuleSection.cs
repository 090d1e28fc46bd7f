namespace Weft.Ids;

/// <summary>The checks of a rule that look at one buffer.</summary>
internal sealed class RuleSection(BufferKind kind)
{
    public BufferKind Kind => kind;

    /// <summary>What is done to the buffer's bytes first, in this order.</summary>
    public List<Transform> Transforms { get; } = [];

    public List<PayloadCheck> Checks { get; } = [];

    /// <summary>True if the rule asks for the buffer to be missing.</summary>
    public bool IsAbsent { get; set; }

    /// <summary>True if a missing buffer matches as one does that passes the checks.</summary>
    public bool AbsentOrElse { get; set; }
}
