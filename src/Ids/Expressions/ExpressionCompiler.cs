namespace Weft.Ids;

/// <summary>Turns what was read of an expression into steps.</summary>
internal sealed class ExpressionCompiler
{
    /// <summary>Most steps of an expression.</summary>
    public const int MaxSteps = 16_384;

    // Each doubles what the steps inside have to remember.
    private const int MostNested = 4;

    private readonly List<ExpressionStep> _steps = [];
    private readonly bool _keepsParts;
    private int _nested;

    public ExpressionCompiler(bool keepsParts) => _keepsParts = keepsParts;

    /// <summary>
    /// Memories that steps need so that no place is tried twice: one a step, but inside repetitions whose part may be empty one for
    /// each answer to whether the repetition has moved since it began.
    /// </summary>
    public int Memories { get; private set; }

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
            _steps[split] = Split(split + 1, _steps.Count, isLazy: false);
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
            Add(new ExpressionStep(kind, repeat.Times, repeat.TimesMost, Remember(), set.Set, _nested));
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
        // Nothing, however often, is nothing, unless it asks for what it was the last time.
        bool isNothing = repeat.Part.Most == 0 && !repeat.Part.RefersBack;
        int times = isNothing ? Math.Min(repeat.Times, 1) : repeat.Times;
        int most = isNothing ? Math.Min(repeat.TimesMost, 1) : repeat.TimesMost;
        // PCRE looks around once more than it must where it may do so for ever.
        most = repeat.Part is LookNode && most == ExpressionNode.Unbounded ? times + 1 : most;
        bool isLazy = repeat.Mode == RepeatMode.Lazy;
        bool isUnbounded = most == ExpressionNode.Unbounded;
        for (int i = isUnbounded ? 1 : 0; i < times; i++)
        {
            Emit(repeat.Part);
        }

        if (isUnbounded)
        {
            EmitLoop(repeat.Part, isLazy, mayBeSkipped: times == 0);
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

    // Once, if it may not be skipped, and then again and again. A repetition that matched nothing was the last, the first one too: that is
    // what PCRE does, and it shows where a part asks for what was matched before.
    private void EmitLoop(ExpressionNode part, bool isLazy, bool mayBeSkipped)
    {
        bool mayBeEmpty = part.Least == 0;
        int skip = mayBeSkipped ? Add(default) : -1;
        int begin = _steps.Count;
        int register = _nested;
        if (mayBeEmpty)
        {
            _nested++;
            Add(new ExpressionStep(ExpressionKind.Mark, register));
        }

        Emit(part);
        _nested = register;
        int progress = mayBeEmpty ? Add(default) : -1;
        int again = Add(default);
        _steps[again] = mayBeSkipped ? new ExpressionStep(ExpressionKind.Jump, skip) : Split(begin, _steps.Count, isLazy);
        if (mayBeSkipped)
        {
            _steps[skip] = Split(begin, _steps.Count, isLazy);
        }

        if (mayBeEmpty)
        {
            _steps[progress] = new ExpressionStep(ExpressionKind.Progress, register, _steps.Count);
        }
    }

    private ExpressionStep Split(int again, int on, bool isLazy) => new(ExpressionKind.Split, isLazy ? on : again, isLazy ? again : on, Remember(), Nested: _nested);

    private int Remember()
    {
        IsMemoryless &= _nested <= MostNested;
        int first = Memories;
        Memories += IsMemoryless ? 1 << _nested : 0;
        return first;
    }
}
