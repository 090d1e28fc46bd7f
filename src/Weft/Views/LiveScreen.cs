using System.Runtime.InteropServices;

namespace Weft.Cli.Views;

/// <summary>
/// A picture that renews itself: in a terminal on its second screen, so that what stood there before comes back at the end, however that
/// comes; elsewhere, and in a terminal that can do nothing, one text after the other.
/// </summary>
internal sealed class LiveScreen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l\e[?7l";
    private const string Leave = "\e[?7h\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string EndOfLine = "\e[K";
    private const string EndOfScreen = "\e[J";
    private const int TextWidth = 2000;
    private const int TextHeight = 10_000;

    private static readonly TimeSpan KeyInterval = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _end = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Lock _lock = new();
    private Func<int, int, IReadOnlyList<string>>? _picture;
    private bool _isFirst = true;
    private bool _isOpen;

    private LiveScreen(bool isLive) => IsLive = isLive;

    /// <summary>Whether the picture renews itself.</summary>
    public bool IsLive { get; }

    /// <summary>Takes the terminal, if there is one that can do it.</summary>
    /// <param name="isWanted">False for text in any case.</param>
    public static LiveScreen Open(bool isWanted)
    {
        bool isLive = isWanted && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var screen = new LiveScreen(isLive);
        foreach (PosixSignal signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
        {
            screen._signals.Add(PosixSignalRegistration.Create(signal, screen.End));
        }

        if (isLive)
        {
            if (!OperatingSystem.IsWindows())
            {
                screen._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => screen.Redraw()));
            }

            screen._isOpen = true;
            Write(Enter);
        }

        return screen;
    }

    /// <summary>Shows a picture that knows how to fit so many columns and lines.</summary>
    public void Draw(Func<int, int, IReadOnlyList<string>> picture)
    {
        lock (_lock)
        {
            _picture = picture;
            if (!IsLive)
            {
                Write((_isFirst ? "" : "\n") + string.Join('\n', picture(TextWidth, TextHeight)) + "\n");
                _isFirst = false;
            }
        }

        Redraw();
    }

    /// <summary>Waits for the next picture's time.</summary>
    /// <returns>False if somebody wants no more.</returns>
    public async Task<bool> WaitAsync(TimeSpan interval)
    {
        bool hasKeys = IsLive && !Console.IsInputRedirected;
        long start = Environment.TickCount64;
        while (!_end.IsCancellationRequested && Environment.TickCount64 - start < interval.TotalMilliseconds)
        {
            if (hasKeys && Console.KeyAvailable && Console.ReadKey(intercept: true).Key is ConsoleKey.Q or ConsoleKey.Escape)
            {
                return false;
            }

            TimeSpan left = interval - TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
            await Task.Delay(left < KeyInterval ? left > TimeSpan.Zero ? left : TimeSpan.Zero : KeyInterval, CancellationToken.None).ConfigureAwait(false);
        }

        return !_end.IsCancellationRequested;
    }

    /// <summary>Gives the terminal back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isOpen)
            {
                _isOpen = false;
                Write(Leave);
            }
        }

        _signals.ForEach(signal => signal.Dispose());
        _end.Dispose();
    }

    private void Redraw()
    {
        lock (_lock)
        {
            if (_isOpen && _picture is not null)
            {
                IReadOnlyList<string> lines = _picture(Console.WindowWidth, Math.Max(Console.WindowHeight - 1, 1));
                Write(Home + string.Concat(lines.Select(line => line + EndOfLine + "\r\n")) + EndOfScreen);
            }
        }
    }

    private void End(PosixSignalContext context)
    {
        // The second signal ends the process, the terminal given back.
        context.Cancel = !_end.IsCancellationRequested;
        if (!context.Cancel && _isOpen)
        {
            Write(Leave);
        }

        _end.Cancel();
    }

    private static void Write(string text)
    {
        Console.Out.Write(text);
        Console.Out.Flush();
    }
}
