using Weft.Bridge;

namespace Weft.Host.Observe;

/// <summary>What a filtering database learned, moved and refused since the switch started.</summary>
public sealed record LearningTotals
{
    /// <summary>Addresses learned.</summary>
    public long Learned { get; init; }

    /// <summary>Addresses seen elsewhere than before.</summary>
    public long Moved { get; init; }

    /// <summary>Addresses forgotten because they were not seen for the ageing time.</summary>
    public long Aged { get; init; }

    /// <summary>Addresses forgotten because their place failed or a node of a pair took over.</summary>
    public long Flushed { get; init; }

    /// <summary>Addresses moved to another tunnel endpoint because a node of a pair took over.</summary>
    public long Repointed { get; init; }

    /// <summary>Sources not learned because their port or segment has as many as it may have.</summary>
    public long LimitReached { get; init; }

    /// <summary>Sources not learned because the table is full.</summary>
    public long TableFull { get; init; }

    /// <summary>Sources that a static entry places elsewhere.</summary>
    public long StaticConflict { get; init; }

    /// <summary>Sources that a sticky port keeps.</summary>
    public long StickyConflict { get; init; }

    /// <summary>Moves refused because the address moves too often.</summary>
    public long HeldDown { get; init; }

    /// <summary>Both together.</summary>
    public static LearningTotals operator +(LearningTotals left, LearningTotals right) => Combine(left, right, 1);

    /// <summary>What the left one has more.</summary>
    public static LearningTotals operator -(LearningTotals left, LearningTotals right) => Combine(left, right, -1);

    internal static LearningTotals Of(in FilteringCounters counters) => new()
    {
        Learned = counters.Learned,
        Moved = counters.Moved,
        Aged = counters.Aged,
        Flushed = counters.Flushed,
        Repointed = counters.Repointed,
        LimitReached = counters.LimitReached,
        TableFull = counters.TableFull,
        StaticConflict = counters.StaticConflict,
        StickyConflict = counters.StickyConflict,
        HeldDown = counters.HeldDown,
    };

    private static LearningTotals Combine(LearningTotals left, LearningTotals right, int sign) => new()
    {
        Learned = left.Learned + (sign * right.Learned),
        Moved = left.Moved + (sign * right.Moved),
        Aged = left.Aged + (sign * right.Aged),
        Flushed = left.Flushed + (sign * right.Flushed),
        Repointed = left.Repointed + (sign * right.Repointed),
        LimitReached = left.LimitReached + (sign * right.LimitReached),
        TableFull = left.TableFull + (sign * right.TableFull),
        StaticConflict = left.StaticConflict + (sign * right.StaticConflict),
        StickyConflict = left.StickyConflict + (sign * right.StickyConflict),
        HeldDown = left.HeldDown + (sign * right.HeldDown),
    };
}
