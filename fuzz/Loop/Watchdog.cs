namespace Weft.Fuzz.Loop;

/// <summary>Notices a case that does not come to an end, and says which, since the thread that is stuck cannot.</summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>No case may take longer, on however busy a machine: the longest takes milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Timer _timer;
    private readonly Func<byte[]> _input;
    private readonly Action<byte[]> _stuck;
    private long _cases;
    private long _casesBefore = -1;

    public Watchdog(Func<byte[]> input, Action<byte[]> stuck)
    {
        (_input, _stuck) = (input, stuck);
        _timer = new Timer(_ => Look(), null, Patience, Patience);
    }

    /// <summary>A case came to its end.</summary>
    public void Alive() => Interlocked.Increment(ref _cases);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long cases = Interlocked.Read(ref _cases);
        if (cases == _casesBefore)
        {
            _stuck(_input());
        }

        _casesBefore = cases;
    }
}
