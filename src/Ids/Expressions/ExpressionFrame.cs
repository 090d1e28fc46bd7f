namespace Weft.Ids;

/// <summary>What backtracking finds when it comes back.</summary>
internal enum ExpressionFrameKind
{
    /// <summary>Another way from a place.</summary>
    Choice,

    /// <summary>A run that may be shorter, down to a place.</summary>
    Greedy,

    /// <summary>A run that may be longer, up to a place.</summary>
    Lazy,

    /// <summary>A part that was somewhere else before.</summary>
    Part,

    /// <summary>A register that was something else before.</summary>
    Register,
}

/// <summary>One thing to come back to.</summary>
internal struct ExpressionFrame(ExpressionFrameKind kind, int at, int low, int high)
{
    public ExpressionFrameKind Kind = kind;

    /// <summary>The step to go on with, or the slot to set.</summary>
    public int At = at;
    public int Low = low;
    public int High = high;
}
