namespace Weft.Ids;

/// <summary>Which of several repetitions are tried first.</summary>
internal enum RepeatMode
{
    /// <summary>The most.</summary>
    Greedy,

    /// <summary>The fewest.</summary>
    Lazy,

    /// <summary>The most, and no other.</summary>
    Possessive,
}

/// <summary>Places that an expression may ask for.</summary>
internal enum ExpressionPlace
{
    /// <summary>The subject's beginning.</summary>
    Start,

    /// <summary>The beginning of a line.</summary>
    LineStart,

    /// <summary>The subject's end.</summary>
    End,

    /// <summary>The subject's end, or a line feed there.</summary>
    LastLineEnd,

    /// <summary>The end of a line.</summary>
    LineEnd,

    /// <summary>Between a word character and another.</summary>
    WordEdge,

    /// <summary>Anywhere else.</summary>
    NoWordEdge,
}

/// <summary>A part of an expression as it was read.</summary>
internal abstract record ExpressionNode
{
    public const int Unbounded = int.MaxValue;

    /// <summary>Fewest bytes that it matches.</summary>
    public abstract int Least { get; }

    /// <summary>Most bytes that it matches, or <see cref="Unbounded"/>.</summary>
    public abstract int Most { get; }

    /// <summary>Whether what it matches may depend on what was remembered.</summary>
    public virtual bool RefersBack => false;

    /// <summary>Adds the bytes that it may begin with.</summary>
    /// <returns>True if what follows it may begin there, too.</returns>
    public abstract bool AddFirst(ref ByteBits first);

    protected static int Sum(int left, int right) => left == Unbounded || right == Unbounded ? Unbounded : (int)Math.Min((long)left + right, Unbounded);

    protected static int Product(int left, int right) => left == 0 || right == 0 ? 0 : left == Unbounded || right == Unbounded ? Unbounded : (int)Math.Min((long)left * right, Unbounded);
}

/// <summary>One byte of a set.</summary>
internal sealed record SetNode(ByteSet Set) : ExpressionNode
{
    public override int Least => 1;

    public override int Most => 1;

    public override bool AddFirst(ref ByteBits first)
    {
        first |= Set.Bits;
        return false;
    }
}

/// <summary>One after the other.</summary>
internal sealed record SequenceNode(ExpressionNode[] Parts) : ExpressionNode
{
    public override int Least { get; } = Parts.Aggregate(0, (sum, part) => Sum(sum, part.Least));

    public override int Most { get; } = Parts.Aggregate(0, (sum, part) => Sum(sum, part.Most));

    public override bool RefersBack { get; } = Array.Exists(Parts, part => part.RefersBack);

    public override bool AddFirst(ref ByteBits first)
    {
        foreach (ExpressionNode part in Parts)
        {
            if (!part.AddFirst(ref first))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>One of several, tried in order.</summary>
internal sealed record ChoiceNode(ExpressionNode[] Parts) : ExpressionNode
{
    public override int Least { get; } = Parts.Min(part => part.Least);

    public override int Most { get; } = Parts.Max(part => part.Most);

    public override bool RefersBack { get; } = Array.Exists(Parts, part => part.RefersBack);

    public override bool AddFirst(ref ByteBits first)
    {
        bool mayBeEmpty = false;
        foreach (ExpressionNode part in Parts)
        {
            mayBeEmpty |= part.AddFirst(ref first);
        }

        return mayBeEmpty;
    }
}

/// <summary>Several times the same.</summary>
internal sealed record RepeatNode(ExpressionNode Part, int Times, int TimesMost, RepeatMode Mode) : ExpressionNode
{
    public override int Least { get; } = Product(Part.Least, Times);

    public override int Most { get; } = Product(Part.Most, TimesMost);

    public override bool RefersBack => Part.RefersBack;

    public override bool AddFirst(ref ByteBits first) => Part.AddFirst(ref first) || Times == 0;
}

/// <summary>A part that is remembered for back-references.</summary>
internal sealed record CaptureNode(int Number, ExpressionNode Part) : ExpressionNode
{
    public override int Least => Part.Least;

    public override int Most => Part.Most;

    public override bool RefersBack => Part.RefersBack;

    public override bool AddFirst(ref ByteBits first) => Part.AddFirst(ref first);
}

/// <summary>A part that has one way to match: the first.</summary>
internal sealed record AtomicNode(ExpressionNode Part) : ExpressionNode
{
    public override int Least => Part.Least;

    public override int Most => Part.Most;

    public override bool RefersBack => Part.RefersBack;

    public override bool AddFirst(ref ByteBits first) => Part.AddFirst(ref first);
}

/// <summary>What must, or must not, be before or behind.</summary>
internal sealed record LookNode(ExpressionNode Part, bool IsBehind, bool IsNegated) : ExpressionNode
{
    public override int Least => 0;

    public override int Most => 0;

    public override bool RefersBack => Part.RefersBack;

    public override bool AddFirst(ref ByteBits first) => true;
}

/// <summary>A place.</summary>
internal sealed record PlaceNode(ExpressionPlace Place) : ExpressionNode
{
    public override int Least => 0;

    public override int Most => 0;

    public override bool AddFirst(ref ByteBits first) => true;
}

/// <summary>What a part has matched, again.</summary>
internal sealed record BackReferenceNode(int Number, bool IgnoreCase) : ExpressionNode
{
    public override int Least => 0;

    public override int Most => Unbounded;

    public override bool RefersBack => true;

    public override bool AddFirst(ref ByteBits first)
    {
        first = ByteBits.All;
        return true;
    }
}
