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
    private const int MemoryBits = 1 << 22;

    private const int FreeSteps = 4;
    private const int RunPerStep = 16;

    private readonly Frame[] _frames = new Frame[MaxFrames];
    private readonly ulong[] _tried = new ulong[MemoryBits / 64];
    // Of each part: where it begins as long as it is open, and where it began and ended when it was closed last.
    private readonly int[] _parts = new int[3 * (ExpressionCompiler.MaxSteps + 1)];
    private readonly (int Start, int End)[] _runs = new (int, int)[ExpressionCompiler.MaxSteps];
    private readonly int[] _registers = new int[ExpressionCompiler.MaxSteps];
    private Expression _expression = null!;
    private int _top;
    private long _left;
    private bool _remembers;

    private enum FrameKind
    {
        Choice,
        Greedy,
        Lazy,
        Part,
        Register,
    }

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
        _remembers = false;
        long free = freeSteps * (subject.Length + MaxFrames / 1024);
        bool canRemember = expression.IsLinear && expression.Memories * (subject.Length + 1L) <= MemoryBits;
        _left = canRemember ? Math.Min(free, budget) : budget;
        long reserve = budget - _left;
        end = 0;
        for (start = Next(subject, from); start >= 0; start = Next(subject, start + 1))
        {
            bool found = TryAt(subject, start, out end);
            if (!found && _left < 0 && reserve > 0)
            {
                _tried.AsSpan(0, (int)((expression.Memories * (subject.Length + 1L) + 63) / 64)).Clear();
                _runs.AsSpan(0, expression.Memories).Fill((-1, -1));
                _remembers = true;
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
        _parts.AsSpan(0, 3 * (_expression.Captures + 1)).Fill(-1);
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
                    matches = !IsTried(step.C, place, subject.Length) && Push(new Frame(FrameKind.Choice, step.B, place, 0));
                    at = step.A;
                    break;
                case ExpressionKind.Jump:
                    at = step.A;
                    break;
                case ExpressionKind.Open:
                    matches = TrySave(3 * step.A, place);
                    at++;
                    break;
                case ExpressionKind.Close:
                    matches = TrySave(3 * step.A + 1, _parts[3 * step.A]) && TrySave(3 * step.A + 2, place);
                    at++;
                    break;
                case ExpressionKind.Same:
                    matches = IsSame(subject, step.A, step.B != 0, ref place);
                    at++;
                    break;
                case ExpressionKind.Place:
                    matches = IsAt(subject, place, (ExpressionPlace)step.A);
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
                    matches = Push(new Frame(FrameKind.Register, step.A, _registers[step.A], 0));
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
            if (!isLong || (isUnbounded && IsTried(step.C, low, subject.Length)))
            {
                return false;
            }

            bool isNew = isUnbounded || !IsTried(step.C, low, subject.Length);
            return (most == low || Push(new Frame(FrameKind.Lazy, next, low, most))) && isNew;
        }

        // Whoever was in this run before has tried the places from there on.
        if (isUnbounded && WasTried(step.C, low, subject.Length))
        {
            return false;
        }

        int run = _remembers && isUnbounded ? RememberedRun(subject, in step, place) : RunOf(in step, rest);
        int high = place + run;
        if (run < step.A)
        {
            return false;
        }

        int known = _remembers && isUnbounded ? MarkTried(step.C, low, high, subject.Length) : high + 1;
        if (step.Kind == ExpressionKind.LoopPossessive)
        {
            place = high;
            return true;
        }

        place = Math.Min(high, known - 1);
        bool isFresh = isUnbounded || !IsTried(step.C, place, subject.Length);
        return (place == low || Push(new Frame(FrameKind.Greedy, next, low, place - 1))) && isFresh;
    }

    private int RunOf(in ExpressionStep step, ReadOnlySpan<byte> data)
    {
        int run = step.Set!.RunLength(data);
        _left -= run / RunPerStep;
        return run;
    }

    /// <summary>A run that may be, or may join, the one that the same step saw last, so that nothing is looked at twice.</summary>
    private int RememberedRun(ReadOnlySpan<byte> subject, in ExpressionStep step, int place)
    {
        ref (int Start, int End) last = ref _runs[step.C];
        if (place >= last.Start && place < last.End)
        {
            return last.End - place;
        }

        int limit = place < last.Start ? last.Start : subject.Length;
        int end = place + RunOf(in step, subject[place..limit]);
        end = end == last.Start ? last.End : end;
        if (end > place)
        {
            last = (place, end);
        }

        return end - place;
    }

    private bool Backtrack(ReadOnlySpan<byte> subject, int floor, out int at, out int place)
    {
        while (_top > floor)
        {
            ref Frame frame = ref _frames[_top - 1];
            at = frame.At;
            switch (frame.Kind)
            {
                case FrameKind.Choice:
                    place = frame.Low;
                    _top--;
                    return true;
                case FrameKind.Greedy:
                    if (TryShorter(subject, ref frame, out place))
                    {
                        return true;
                    }

                    break;
                case FrameKind.Lazy:
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
    private bool TryShorter(ReadOnlySpan<byte> subject, ref Frame frame, out int place)
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

            if (place >= frame.Low && (loop.B == ExpressionNode.Unbounded || !IsTried(loop.C, place, subject.Length)))
            {
                frame.High = place - 1;
                _top -= frame.High < frame.Low ? 1 : 0;
                return true;
            }
        }

        return false;
    }

    /// <summary>A run that is longer by one, or by more where that was tried.</summary>
    private bool TryLonger(ReadOnlySpan<byte> subject, ref Frame frame, out int place)
    {
        ref readonly ExpressionStep loop = ref _expression.Steps[frame.At - 1];
        for (place = frame.Low + 1; place <= frame.High && loop.Set!.Contains(subject[place - 1]); place++, _left--)
        {
            bool isTried = IsTried(loop.C, place, subject.Length);
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

    private void Undo(in Frame frame)
    {
        if (frame.Kind == FrameKind.Part)
        {
            _parts[frame.At] = frame.Low;
        }
        else if (frame.Kind == FrameKind.Register)
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
            if (_frames[i].Kind >= FrameKind.Part)
            {
                _frames[kept++] = _frames[i];
            }
        }

        _top = kept;
    }

    private bool Push(in Frame frame)
    {
        if (_top == MaxFrames)
        {
            _left = -1;
            return false;
        }

        _frames[_top++] = frame;
        return true;
    }

    /// <summary>True if a step was tried at a place before; from now on it was.</summary>
    private bool IsTried(int memory, int place, int length)
    {
        if (!_remembers)
        {
            return false;
        }

        long bit = memory * (length + 1L) + place;
        ref ulong word = ref _tried[bit >> 6];
        ulong mask = 1UL << (int)(bit & 63);
        bool isTried = (word & mask) != 0;
        word |= mask;
        return isTried;
    }

    private bool WasTried(int memory, int place, int length)
    {
        long bit = memory * (length + 1L) + place;
        return _remembers && place <= length && (_tried[bit >> 6] >> (int)(bit & 63) & 1) != 0;
    }

    /// <summary>Marks places as tried, up to the first that was.</summary>
    /// <returns>That one, or the place behind the last.</returns>
    private int MarkTried(int memory, int first, int last, int length)
    {
        int place = first;
        while (place <= last && !IsTried(memory, place, length))
        {
            place++;
        }

        _left -= (place - first) / RunPerStep;
        return place;
    }

    private bool TrySave(int slot, int place)
    {
        bool isKept = Push(new Frame(FrameKind.Part, slot, _parts[slot], 0));
        _parts[slot] = place;
        return isKept;
    }

    private bool IsSame(ReadOnlySpan<byte> subject, int part, bool ignoreCase, ref int place)
    {
        int end = part > _expression.Captures ? -1 : _parts[3 * part + 2];
        if (end < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> captured = subject[_parts[3 * part + 1]..end];
        ReadOnlySpan<byte> rest = subject[place..];
        place += captured.Length;
        _left -= captured.Length / RunPerStep;
        if (captured.Length > rest.Length || !ignoreCase)
        {
            return rest.StartsWith(captured);
        }

        for (int i = 0; i < captured.Length; i++)
        {
            if (AsciiCase.Fold(captured[i]) != AsciiCase.Fold(rest[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAt(ReadOnlySpan<byte> subject, int place, ExpressionPlace asked) => asked switch
    {
        ExpressionPlace.Start => place == 0,
        ExpressionPlace.LineStart => place == 0 || (subject[place - 1] == '\n' && place < subject.Length),
        ExpressionPlace.End => place == subject.Length,
        ExpressionPlace.LastLineEnd => place == subject.Length || (place == subject.Length - 1 && subject[place] == '\n'),
        ExpressionPlace.LineEnd => place == subject.Length || subject[place] == '\n',
        _ => IsWordEdge(subject, place) == (asked == ExpressionPlace.WordEdge),
    };

    private static bool IsWordEdge(ReadOnlySpan<byte> subject, int place) =>
        (place > 0 && ByteClasses.Word.Contains(subject[place - 1])) != (place < subject.Length && ByteClasses.Word.Contains(subject[place]));

    private struct Frame(FrameKind kind, int at, int low, int high)
    {
        public FrameKind Kind = kind;
        public int At = at;
        public int Low = low;
        public int High = high;
    }
}
