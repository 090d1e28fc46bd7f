namespace Weft.Ids;

/// <summary>
/// Finds matches of expressions by backtracking, as PCRE does, in memory that is allocated once. One instance serves one
/// thread.
/// </summary>
/// <remarks>
/// An expression that backtracks more than a little is begun again with a memory of where each of its steps was tried: what
/// failed once fails again, so that an expression without look-around and back-references takes time linear in the subject.
/// The others have a number of steps, and are given up behind it.
/// </remarks>
/// <param name="freeSteps">Steps a byte that are taken before failures are remembered.</param>
internal sealed class ExpressionMatcher(int freeSteps = ExpressionMatcher.FreeSteps)
{
    /// <summary>Steps that one rule may take over one buffer; some 20 ms.</summary>
    public const long StepBudget = 1 << 22;

    // A place and step that backtracking may come back to; what is deeper is given up.
    private const int MaxFrames = 1 << 16;

    private const int FreeSteps = 4;
    private const int RunPerStep = 16;

    private readonly ExpressionFrame[] _frames = new ExpressionFrame[MaxFrames];
    private readonly ExpressionMemory _memory = new();
    private readonly ExpressionParts _parts = new();
    private readonly int[] _registers = new int[ExpressionCompiler.MaxSteps];
    private Expression _expression = null!;
    private int _top;
    private long _left;

    /// <summary>Finds the first match that begins at a place or behind it.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="subject">The bytes.</param>
    /// <param name="from">The place.</param>
    /// <param name="budget">Steps that are left; negative when they were used up.</param>
    /// <param name="start">Where the match begins.</param>
    /// <param name="end">Where it ends.</param>
    public bool TryFind(Expression expression, ReadOnlySpan<byte> subject, int from, ref long budget, out int start, out int end)
    {
        _expression = expression;
        _memory.End();
        long free = freeSteps * (subject.Length + MaxFrames / 1024);
        bool canRemember = expression.IsLinear && ExpressionMemory.HasRoom(expression.Memories, subject.Length);
        _left = canRemember ? Math.Min(free, budget) : budget;
        long reserve = budget - _left;
        end = 0;
        for (start = Next(subject, from); start >= 0; start = Next(subject, start + 1))
        {
            bool found = TryAt(subject, start, out end);
            if (!found && _left < 0 && reserve > 0)
            {
                _memory.Begin(expression.Memories, subject.Length);
                _left = reserve;
                reserve = 0;
                found = TryAt(subject, start, out end);
            }

            if (found || _left < 0)
            {
                budget = _left + reserve;
                return found;
            }
        }

        budget = _left + reserve;
        return false;
    }

    private int Next(ReadOnlySpan<byte> subject, int from)
    {
        if (from > subject.Length - _expression.Least || (from > 0 && _expression.IsAnchored))
        {
            return -1;
        }

        int skipped = !_expression.IsAnchored && _expression.First is ByteSet first ? first.IndexIn(subject[from..]) : 0;
        _left -= Math.Max(0, skipped) / RunPerStep;
        return skipped < 0 || from + skipped > subject.Length - _expression.Least ? -1 : from + skipped;
    }

    private bool TryAt(ReadOnlySpan<byte> subject, int start, out int end)
    {
        _top = 0;
        _parts.Begin(_expression.Captures);
        return Run(subject, 0, start, out end);
    }

    /// <summary>Runs steps up to where they accept.</summary>
    private bool Run(ReadOnlySpan<byte> subject, int at, int place, out int end)
    {
        ReadOnlySpan<ExpressionStep> steps = _expression.Steps;
        int floor = _top;
        while (true)
        {
            if (--_left < 0)
            {
                end = 0;
                return false;
            }

            ref readonly ExpressionStep step = ref steps[at];
            bool matches = true;
            switch (step.Kind)
            {
                case ExpressionKind.Accept:
                    end = place;
                    Keep(floor);
                    return true;
                case ExpressionKind.Byte:
                    matches = place < subject.Length && subject[place] == step.A;
                    place++;
                    at++;
                    break;
                case ExpressionKind.Set:
                    matches = place < subject.Length && step.Set!.Contains(subject[place]);
                    place++;
                    at++;
                    break;
                case ExpressionKind.LoopGreedy or ExpressionKind.LoopLazy or ExpressionKind.LoopPossessive:
                    matches = Loop(subject, in step, ++at, ref place);
                    break;
                case ExpressionKind.Split:
                    matches = !IsTried(in step, place) && Push(new ExpressionFrame(ExpressionFrameKind.Choice, step.B, place, 0));
                    at = step.A;
                    break;
                case ExpressionKind.Jump:
                    at = step.A;
                    break;
                case ExpressionKind.Open:
                    matches = TrySave(ExpressionParts.OpenOf(step.A), place);
                    at++;
                    break;
                case ExpressionKind.Close:
                    matches = TrySave(ExpressionParts.StartOf(step.A), _parts[ExpressionParts.OpenOf(step.A)]) && TrySave(ExpressionParts.EndOf(step.A), place);
                    at++;
                    break;
                case ExpressionKind.Same:
                    matches = IsSame(subject, step.A, step.B != 0, ref place);
                    at++;
                    break;
                case ExpressionKind.Place:
                    matches = ExpressionPlaces.IsAt(subject, place, (ExpressionPlace)step.A);
                    at++;
                    break;
                case ExpressionKind.Back:
                    place -= step.A;
                    matches = place >= 0;
                    at++;
                    break;
                case ExpressionKind.Atomic:
                    matches = Run(subject, at + 1, place, out place);
                    at = step.A;
                    break;
                case ExpressionKind.Look:
                    matches = Look(subject, at + 1, place, step.B != 0);
                    at = step.A;
                    break;
                case ExpressionKind.Mark:
                    matches = Push(new ExpressionFrame(ExpressionFrameKind.Register, step.A, _registers[step.A], 0));
                    _registers[step.A] = place;
                    at++;
                    break;
                case ExpressionKind.Progress:
                    at = _registers[step.A] == place ? step.B : at + 1;
                    break;
            }

            if (!matches && !Backtrack(subject, floor, out at, out place))
            {
                end = 0;
                return false;
            }
        }
    }

    private bool Look(ReadOnlySpan<byte> subject, int at, int place, bool isNegated)
    {
        int floor = _top;
        bool found = Run(subject, at, place, out _);
        if (found && isNegated)
        {
            // What was remembered inside counts for nothing.
            while (_top > floor)
            {
                Undo(in _frames[--_top]);
            }
        }

        return found != isNegated && _left >= 0;
    }

    /// <summary>Takes a run of bytes of a set, and notes the other lengths that it may have.</summary>
    private bool Loop(ReadOnlySpan<byte> subject, in ExpressionStep step, int next, ref int place)
    {
        bool isUnbounded = step.B == ExpressionNode.Unbounded;
        ReadOnlySpan<byte> rest = subject[place..];
        rest = rest[..Math.Min(rest.Length, step.B)];
        int low = place + step.A;
        if (step.Kind == ExpressionKind.LoopLazy)
        {
            // Of a lazy run only what it must have is looked at now.
            bool isLong = rest.Length >= step.A && step.Set!.RunLength(rest[..step.A]) == step.A;
            int most = place + rest.Length;
            place = low;
            if (!isLong || (isUnbounded && IsTried(in step, low)))
            {
                return false;
            }

            bool isNew = isUnbounded || !IsTried(in step, low);
            return (most == low || Push(new ExpressionFrame(ExpressionFrameKind.Lazy, next, low, most))) && isNew;
        }

        // Whoever was in this run before has tried the places from there on.
        if (isUnbounded && _memory.IsOn && _memory.WasTried(MemoryOf(in step, low), low))
        {
            return false;
        }

        int run = _memory.IsOn && isUnbounded ? RememberedRun(subject, in step, place) : RunOf(in step, rest);
        int high = place + run;
        if (run < step.A)
        {
            return false;
        }

        int known = _memory.IsOn && isUnbounded ? MarkTried(in step, low, high) : high + 1;
        if (step.Kind == ExpressionKind.LoopPossessive)
        {
            place = high;
            return true;
        }

        place = Math.Min(high, known - 1);
        bool isFresh = isUnbounded || !IsTried(in step, place);
        return (place == low || Push(new ExpressionFrame(ExpressionFrameKind.Greedy, next, low, place - 1))) && isFresh;
    }

    private int RunOf(in ExpressionStep step, ReadOnlySpan<byte> data)
    {
        int run = step.Set!.RunLength(data);
        _left -= run / RunPerStep;
        return run;
    }

    private int RememberedRun(ReadOnlySpan<byte> subject, in ExpressionStep step, int place)
    {
        int run = _memory.RunFrom(subject, step.Set!, step.C, place, out int looked);
        _left -= looked / RunPerStep;
        return run;
    }

    private int MarkTried(in ExpressionStep step, int first, int last)
    {
        // No repetition around this one began behind the first place.
        int memory = MemoryOf(in step, first);
        int place = _memory.MarkTried(memory, first, memory == step.C ? last : first);
        place = memory == step.C ? place : _memory.MarkTried(step.C, first + 1, last);
        _left -= (place - first) / RunPerStep;
        return place;
    }

    private bool IsTried(in ExpressionStep step, int place) => _memory.IsOn && _memory.IsTried(MemoryOf(in step, place), place);

    /// <summary>
    /// What comes of a step depends on its place, and on which of the repetitions around it have matched nothing so far: those end when they
    /// match no more, and a step that fails there may be on the way to a match elsewhere.
    /// </summary>
    private int MemoryOf(in ExpressionStep step, int place)
    {
        int memory = step.C;
        for (int register = 0; register < step.Nested; register++)
        {
            memory += _registers[register] == place ? 1 << register : 0;
        }

        return memory;
    }

    private bool Backtrack(ReadOnlySpan<byte> subject, int floor, out int at, out int place)
    {
        while (_top > floor)
        {
            ref ExpressionFrame frame = ref _frames[_top - 1];
            at = frame.At;
            switch (frame.Kind)
            {
                case ExpressionFrameKind.Choice:
                    place = frame.Low;
                    _top--;
                    return true;
                case ExpressionFrameKind.Greedy:
                    if (TryShorter(subject, ref frame, out place))
                    {
                        return true;
                    }

                    break;
                case ExpressionFrameKind.Lazy:
                    if (TryLonger(subject, ref frame, out place))
                    {
                        return true;
                    }

                    break;
                default:
                    Undo(in frame);
                    break;
            }

            _top--;
        }

        at = place = 0;
        return false;
    }

    /// <summary>The next shorter run, of those that what follows can follow.</summary>
    private bool TryShorter(ReadOnlySpan<byte> subject, ref ExpressionFrame frame, out int place)
    {
        ref readonly ExpressionStep loop = ref _expression.Steps[frame.At - 1];
        ref readonly ExpressionStep next = ref _expression.Steps[frame.At];
        for (place = frame.High; place >= frame.Low; place--, _left--)
        {
            if (next.Kind == ExpressionKind.Byte)
            {
                ReadOnlySpan<byte> run = subject[frame.Low..Math.Min(subject.Length, place + 1)];
                place = frame.Low + run.LastIndexOf((byte)next.A);
                _left -= run.Length / RunPerStep;
            }

            if (place >= frame.Low && (loop.B == ExpressionNode.Unbounded || !IsTried(in loop, place)))
            {
                frame.High = place - 1;
                _top -= frame.High < frame.Low ? 1 : 0;
                return true;
            }
        }

        return false;
    }

    /// <summary>A run that is longer by one, or by more where that was tried.</summary>
    private bool TryLonger(ReadOnlySpan<byte> subject, ref ExpressionFrame frame, out int place)
    {
        ref readonly ExpressionStep loop = ref _expression.Steps[frame.At - 1];
        for (place = frame.Low + 1; place <= frame.High && loop.Set!.Contains(subject[place - 1]); place++, _left--)
        {
            bool isTried = IsTried(in loop, place);
            if (!isTried)
            {
                frame.Low = place;
                return true;
            }

            if (loop.B == ExpressionNode.Unbounded)
            {
                return false;
            }
        }

        return false;
    }

    private void Undo(in ExpressionFrame frame)
    {
        if (frame.Kind == ExpressionFrameKind.Part)
        {
            _parts[frame.At] = frame.Low;
        }
        else if (frame.Kind == ExpressionFrameKind.Register)
        {
            _registers[frame.At] = frame.Low;
        }
    }

    /// <summary>Forgets other ways, and keeps what has to be undone if what follows fails.</summary>
    private void Keep(int floor)
    {
        int kept = floor;
        for (int i = floor; i < _top; i++)
        {
            if (_frames[i].Kind >= ExpressionFrameKind.Part)
            {
                _frames[kept++] = _frames[i];
            }
        }

        _top = kept;
    }

    private bool Push(in ExpressionFrame frame)
    {
        if (_top == MaxFrames)
        {
            _left = -1;
            return false;
        }

        _frames[_top++] = frame;
        return true;
    }

    private bool TrySave(int slot, int place)
    {
        bool isKept = Push(new ExpressionFrame(ExpressionFrameKind.Part, slot, _parts[slot], 0));
        _parts[slot] = place;
        return isKept;
    }

    private bool IsSame(ReadOnlySpan<byte> subject, int part, bool ignoreCase, ref int place)
    {
        bool isSame = _parts.IsRepeated(subject, part, ignoreCase, place, out int length);
        _left -= length / RunPerStep;
        place += length;
        return isSame;
    }
}
