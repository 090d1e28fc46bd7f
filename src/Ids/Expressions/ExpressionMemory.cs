namespace Weft.Ids;

/// <summary>Which steps of an expression were tried at which places of a subject, and which runs of bytes were seen.</summary>
internal sealed class ExpressionMemory
{
    private const int Bits = 1 << 22;

    private readonly ulong[] _tried = new ulong[Bits / 64];
    private readonly (int Start, int End)[] _runs = new (int, int)[ExpressionCompiler.MaxSteps];
    private long _places;

    /// <summary>False until failures are remembered: then nothing was tried before.</summary>
    public bool IsOn { get; private set; }

    /// <summary>True if there is a bit for each step and place.</summary>
    public static bool HasRoom(int steps, int length) => steps * (length + 1L) <= Bits;

    /// <summary>Begins to remember; for steps and lengths that there is room for.</summary>
    public void Begin(int steps, int length)
    {
        _places = length + 1;
        _tried.AsSpan(0, (int)((steps * _places + 63) / 64)).Clear();
        _runs.AsSpan(0, steps).Fill((-1, -1));
        IsOn = true;
    }

    public void End() => IsOn = false;

    /// <summary>True if a step was tried at a place before; from now on it was. For when failures are remembered.</summary>
    public bool IsTried(int step, int place)
    {
        long bit = step * _places + place;
        ref ulong word = ref _tried[bit >> 6];
        ulong mask = 1UL << (int)(bit & 63);
        bool isTried = (word & mask) != 0;
        word |= mask;
        return isTried;
    }

    /// <summary>True if a step was tried at a place before. For when failures are remembered.</summary>
    public bool WasTried(int step, int place)
    {
        long bit = step * _places + place;
        return place < _places && (_tried[bit >> 6] >> (int)(bit & 63) & 1) != 0;
    }

    /// <summary>Marks places as tried, up to the first that was.</summary>
    /// <returns>That one, or the place behind the last.</returns>
    public int MarkTried(int step, int first, int last)
    {
        int place = first;
        while (place <= last && !IsTried(step, place))
        {
            place++;
        }

        return place;
    }

    /// <summary>Length of a run that may be, or may join, the one that the same step saw last, so that nothing is looked at twice.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="set">Bytes of the run.</param>
    /// <param name="step">The step.</param>
    /// <param name="place">Where the run begins.</param>
    /// <param name="looked">Bytes that were looked at.</param>
    public int RunFrom(ReadOnlySpan<byte> subject, ByteSet set, int step, int place, out int looked)
    {
        looked = 0;
        ref (int Start, int End) last = ref _runs[step];
        if (place >= last.Start && place < last.End)
        {
            return last.End - place;
        }

        int limit = place < last.Start ? last.Start : subject.Length;
        looked = set.RunLength(subject[place..limit]);
        int end = place + looked;
        end = end == last.Start ? last.End : end;
        if (end > place)
        {
            last = (place, end);
        }

        return end - place;
    }
}
