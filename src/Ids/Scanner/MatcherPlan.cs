namespace Weft.Ids;

/// <summary>Which pattern goes to which matcher.</summary>
internal sealed class MatcherPlan
{
    private const int Window = 4;
    private const int PairLength = 2;

    // A pattern with a short period makes its own long comparisons succeed again and again; so does a very long one.
    private const int LongPattern = 256;
    private const int ShortPeriod = 64;
    private const int MaxCompared = 4096;

    private readonly PatternPool _pool;
    private readonly WindowChooser _chooser = new();

    public MatcherPlan(PatternPool pool, bool automatonOnly)
    {
        _pool = pool;
        for (int pattern = 0; pattern < pool.Count; pattern++)
        {
            if ((pool.Flags(pattern) & PatternFlags.Lazy) != 0)
            {
                continue;
            }

            if (automatonOnly)
            {
                AddToAutomaton(pattern);
            }
            else
            {
                Assign(pattern);
            }
        }
    }

    public List<WindowEntry> Windows { get; } = [];

    public List<WindowEntry> Pairs { get; } = [];

    public List<(byte Value, int Length, int Pattern)> Runs { get; } = [];

    public List<int> Exact { get; } = [];

    public List<int> Folded { get; } = [];

    private void Assign(int pattern)
    {
        ReadOnlySpan<byte> bytes = _pool.Bytes(pattern);
        bool anyCase = _pool.IsNoCase(pattern) && AsciiCase.IsLetter(bytes[0]);
        if (bytes.Length == 1 && anyCase)
        {
            Runs.Add((bytes[0], 1, pattern));
            Runs.Add(((byte)(bytes[0] ^ 0x20), 1, pattern));
        }
        else if (!anyCase && !bytes.ContainsAnyExcept(bytes[0]))
        {
            Runs.Add((bytes[0], bytes.Length, pattern));
        }
        else if (bytes.Length < Window)
        {
            AssignPair(pattern, bytes);
        }
        else
        {
            AssignWindow(pattern, bytes);
        }
    }

    private void AssignPair(int pattern, ReadOnlySpan<byte> bytes)
    {
        bool second = bytes.Length > PairLength && WindowChooser.Frequency(bytes[2]) < WindowChooser.Frequency(bytes[0]);
        int at = second ? 1 : 0;
        Pairs.Add(new WindowEntry(WindowTable.PairOf(bytes[at..]), pattern, at, bytes.Length));
    }

    private void AssignWindow(int pattern, ReadOnlySpan<byte> bytes)
    {
        int at = IsCostlyToCompare(bytes) ? -1 : _chooser.Choose(bytes);
        if (at < 0)
        {
            AddToAutomaton(pattern);
            return;
        }

        Windows.Add(new WindowEntry(WindowTable.WindowOf(bytes[at..]), pattern, at, bytes.Length));
    }

    private void AddToAutomaton(int pattern) => (_pool.IsNoCase(pattern) ? Folded : Exact).Add(pattern);

    private static bool IsCostlyToCompare(ReadOnlySpan<byte> bytes) =>
        bytes.Length > MaxCompared || (bytes.Length > LongPattern && PeriodOf(bytes[..LongPattern]) < ShortPeriod);

    /// <summary>Smallest distance by which the bytes can be shifted onto themselves (the border table of Knuth, Morris and Pratt).</summary>
    private static int PeriodOf(ReadOnlySpan<byte> bytes)
    {
        Span<int> border = stackalloc int[LongPattern + 1];
        border[0] = -1;
        for (int i = 0, length = -1; i < bytes.Length;)
        {
            while (length >= 0 && bytes[i] != bytes[length])
            {
                length = border[length];
            }

            border[++i] = ++length;
        }

        return bytes.Length - border[bytes.Length];
    }
}
