namespace Weft.Ids;

/// <summary>Turns what was read of an expression into steps.</summary>
internal sealed class ExpressionCompiler
{
    /// <summary>Most steps of an expression.</summary>
    public const int MaxSteps = 16_384;

    private readonly List<ExpressionStep> _steps = [];
    private readonly bool _keepsParts;

    public ExpressionCompiler(bool keepsParts) => _keepsParts = keepsParts;

    /// <summary>Steps that must remember where they were tried so that no place is tried twice.</summary>
    public int Memories { get; private set; }

    public int Registers { get; private set; }

    /// <summary>True if a step's outcome depends on its place alone, and not on how it was reached.</summary>
    public bool IsMemoryless { get; private set; } = true;

    public ExpressionStep[] Compile(ExpressionNode node)
    {
        Emit(node);
        Add(new ExpressionStep(ExpressionKind.Accept));
        return [.. _steps];
    }

    private int Add(ExpressionStep step)
    {
        if (_steps.Count == MaxSteps)
        {
            throw ExpressionException.Unsupported("too long once repetitions are written out");
        }

        _steps.Add(step);
        return _steps.Count - 1;
    }

    private void Emit(ExpressionNode node)
    {
        switch (node)
        {
            case SetNode { Set.Bits.Count: 1 } one:
                Add(new ExpressionStep(ExpressionKind.Byte, one.Set.Bits.ToArray()[0]));
                break;
            case SetNode set:
                Add(new ExpressionStep(ExpressionKind.Set, Set: set.Set));
                break;
            case SequenceNode sequence:
                EmitSequence(sequence.Parts);
                break;
            case ChoiceNode choice:
                EmitChoice(choice.Parts, part => Emit(part));
                break;
            case RepeatNode repeat:
                EmitRepeat(repeat);
                break;
            case CaptureNode capture:
                EmitCapture(capture);
                break;
            case AtomicNode atomic:
                EmitAlone(ExpressionKind.Atomic, false, () => Emit(atomic.Part));
                break;
            case LookNode look:
                EmitLook(look);
                break;
            case PlaceNode place:
                Add(new ExpressionStep(ExpressionKind.Place, (int)place.Place));
                break;
            case BackReferenceNode reference:
                IsMemoryless = false;
                Add(new ExpressionStep(ExpressionKind.Same, reference.Number, reference.IgnoreCase ? 1 : 0));
                break;
        }
    }

    // A run of bytes that cannot be what follows it need not give any of them back.
    private void EmitSequence(ExpressionNode[] parts)
    {
        for (int i = 0; i < parts.Length; i++)
        {
            bool isRun = parts[i] is RepeatNode { Part: SetNode, Mode: RepeatMode.Greedy };
            ByteBits next = default;
            bool isOpen = isRun && (i + 1 == parts.Length || parts[i + 1].AddFirst(ref next));
            bool isApart = isRun && !isOpen && (((SetNode)((RepeatNode)parts[i]).Part).Set.Bits & next).Count == 0;
            Emit(isApart ? (RepeatNode)parts[i] with { Mode = RepeatMode.Possessive } : parts[i]);
        }
    }

    private void EmitChoice(ExpressionNode[] parts, Action<ExpressionNode> emit)
    {
        var ends = new List<int>();
        for (int i = 0; i < parts.Length - 1; i++)
        {
            int split = Add(default);
            emit(parts[i]);
            ends.Add(Add(default));
            _steps[split] = new ExpressionStep(ExpressionKind.Split, split + 1, _steps.Count, Memories++);
        }

        emit(parts[^1]);
        foreach (int end in ends)
        {
            _steps[end] = new ExpressionStep(ExpressionKind.Jump, _steps.Count);
        }
    }

    private void EmitCapture(CaptureNode capture)
    {
        if (!_keepsParts)
        {
            Emit(capture.Part);
            return;
        }

        Add(new ExpressionStep(ExpressionKind.Open, capture.Number));
        Emit(capture.Part);
        Add(new ExpressionStep(ExpressionKind.Close, capture.Number));
    }

    private void EmitAlone(ExpressionKind kind, bool isNegated, Action emit)
    {
        IsMemoryless = false;
        int at = Add(default);
        emit();
        Add(new ExpressionStep(ExpressionKind.Accept));
        _steps[at] = new ExpressionStep(kind, _steps.Count, isNegated ? 1 : 0);
    }

    private void EmitLook(LookNode look)
    {
        if (!look.IsBehind)
        {
            EmitAlone(ExpressionKind.Look, look.IsNegated, () => Emit(look.Part));
            return;
        }

        ExpressionNode[] choices = look.Part is ChoiceNode choice ? choice.Parts : [look.Part];
        if (Array.Exists(choices, one => one.Least != one.Most))
        {
            throw ExpressionException.Wrong("what is looked for behind has no fixed length");
        }

        EmitAlone(ExpressionKind.Look, look.IsNegated, () => EmitChoice(choices, one =>
        {
            Add(new ExpressionStep(ExpressionKind.Back, one.Least));
            Emit(one);
        }));
    }

    private void EmitRepeat(RepeatNode repeat)
    {
        if (repeat.Part is SetNode set)
        {
            ExpressionKind kind = repeat.Mode switch { RepeatMode.Greedy => ExpressionKind.LoopGreedy, RepeatMode.Lazy => ExpressionKind.LoopLazy, _ => ExpressionKind.LoopPossessive };
            Add(new ExpressionStep(kind, repeat.Times, repeat.TimesMost, Memories++, set.Set));
            return;
        }

        if (repeat.Mode == RepeatMode.Possessive)
        {
            EmitAlone(ExpressionKind.Atomic, false, () => EmitTimes(repeat));
            return;
        }

        EmitTimes(repeat);
    }

    private void EmitTimes(RepeatNode repeat)
    {
        // Nothing, however often, is nothing.
        bool isNothing = repeat.Part.Most == 0;
        int times = isNothing ? Math.Min(repeat.Times, 1) : repeat.Times;
        int most = isNothing ? Math.Min(repeat.TimesMost, 1) : repeat.TimesMost;
        for (int i = 0; i < times; i++)
        {
            Emit(repeat.Part);
        }

        bool isLazy = repeat.Mode == RepeatMode.Lazy;
        if (most == ExpressionNode.Unbounded)
        {
            EmitLoop(repeat.Part, isLazy);
            return;
        }

        var splits = new List<int>();
        for (int i = times; i < most; i++)
        {
            splits.Add(Add(default));
            Emit(repeat.Part);
        }

        foreach (int split in splits)
        {
            _steps[split] = Split(split + 1, _steps.Count, isLazy);
        }
    }

    private void EmitLoop(ExpressionNode part, bool isLazy)
    {
        bool mayBeEmpty = part.Least == 0;
        int split = Add(default);
        int register = mayBeEmpty ? Registers++ : -1;
        if (mayBeEmpty)
        {
            Add(new ExpressionStep(ExpressionKind.Mark, register));
        }

        Emit(part);
        int progress = mayBeEmpty ? Add(default) : -1;
        Add(new ExpressionStep(ExpressionKind.Jump, split));
        _steps[split] = Split(split + 1, _steps.Count, isLazy);
        if (mayBeEmpty)
        {
            _steps[progress] = new ExpressionStep(ExpressionKind.Progress, register, _steps.Count);
        }
    }

    private ExpressionStep Split(int again, int on, bool isLazy) => new(ExpressionKind.Split, isLazy ? on : again, isLazy ? again : on, Memories++);
}
