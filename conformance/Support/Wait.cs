using System.Diagnostics;

namespace Weft.Conformance.Support;

/// <summary>Waits for something outside the process, bounded.</summary>
public static class Wait
{
    /// <summary>Asks every few milliseconds until <paramref name="condition"/> holds.</summary>
    /// <returns>False if <paramref name="giveUp"/> held or the time was up before.</returns>
    public static bool Until(Func<bool> condition, TimeSpan timeout, Func<bool>? giveUp = null)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > timeout || giveUp?.Invoke() == true)
            {
                return condition();
            }

            Thread.Sleep(5);
        }

        return true;
    }
}
