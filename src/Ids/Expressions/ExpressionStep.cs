namespace Weft.Ids;

/// <summary>What a step of a compiled expression does.</summary>
internal enum ExpressionKind
{
    /// <summary>The expression, or the part that is looked at alone, has matched.</summary>
    Accept,

    /// <summary>The byte A.</summary>
    Byte,

    /// <summary>A byte of the set.</summary>
    Set,

    /// <summary>A to B bytes of the set, the most first; C is the memory of it.</summary>
    LoopGreedy,

    /// <summary>A to B bytes of the set, the fewest first.</summary>
    LoopLazy,

    /// <summary>As many bytes of the set as there are, A to B.</summary>
    LoopPossessive,

    /// <summary>On at A, or else at B; C is the memory of it.</summary>
    Split,

    /// <summary>On at A.</summary>
    Jump,

    /// <summary>Part A begins.</summary>
    Open,

    /// <summary>Part A ends, and is what back-references to it mean from here on.</summary>
    Close,

    /// <summary>What part A matched; without case if B is 1.</summary>
    Same,

    /// <summary>The place A, an <see cref="ExpressionPlace"/>.</summary>
    Place,

    /// <summary>A bytes back.</summary>
    Back,

    /// <summary>The steps behind this one once, in the first way that they match; then on at A.</summary>
    Atomic,

    /// <summary>The steps behind this one match here, or not if B is 1; then on at A.</summary>
    Look,

    /// <summary>Remembers in register A where a repetition begins.</summary>
    Mark,

    /// <summary>Ends repetitions that match nothing: on at B if the place is the one in register A.</summary>
    Progress,
}

/// <summary>One step of a compiled expression.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="A">See there.</param>
/// <param name="B">See there.</param>
/// <param name="C">The first of its memories.</param>
/// <param name="Set">The bytes.</param>
/// <param name="Nested">Repetitions around it whose part may be empty; their registers are those from 0 on.</param>
internal readonly record struct ExpressionStep(ExpressionKind Kind, int A = 0, int B = 0, int C = 0, ByteSet? Set = null, int Nested = 0);
