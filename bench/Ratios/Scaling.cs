using System.Diagnostics;
using Weft.Ports;

namespace Weft.Bench.Ratios;

/// <summary>How much more two threads get done than one, by the clock on the wall, each on a processor of its own.</summary>
/// <remarks>
/// Both are measured in short turns, and of each the best turn counts: neighbours on the machine can only make it worse. What is
/// measured is the machine as much as the program: two hyper-threads of one core share what the core has, so a figure means
/// something beside another one of the same run, and nothing alone.
/// </remarks>
internal static class Scaling
{
    private const int Turns = 100;

    /// <summary>Short enough to find moments in which nobody else wants the processors.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(4);

    /// <summary>Units a second of so many threads at once, in their best turn.</summary>
    /// <param name="threads">1 or 2.</param>
    /// <param name="work">One piece of work of a thread; returns units done.</param>
    public static double BestRate(int threads, Func<int, long> work)
    {
        double best = 0;
        for (int turn = 0; turn < Turns; turn++)
        {
            best = Math.Max(best, Rate(threads, work));
        }

        return best;
    }

    /// <summary>Units of two threads for each of one.</summary>
    /// <param name="alone">One piece of work of a single thread; returns units done.</param>
    /// <param name="together">The same of the first or the second of two threads.</param>
    public static double Of(Func<long> alone, Func<int, long> together)
    {
        double one = 0, two = 0;
        for (int turn = 0; turn < Turns; turn++)
        {
            one = Math.Max(one, Rate(1, _ => alone()));
            two = Math.Max(two, Rate(2, together));
        }

        return two / one;
    }

    private static double Rate(int threads, Func<int, long> work)
    {
        long[] units = new long[threads], starts = new long[threads], ends = new long[threads];
        IReadOnlyList<int> processors = ProcessorAffinity.Available;
        using var ready = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            ProcessorAffinity.Pin(processors[thread % processors.Count]);
            // Warm, and both at work before the clock is read.
            _ = work(thread);
            ready.SignalAndWait();
            long start = Stopwatch.GetTimestamp();
            long done = 0;
            do
            {
                done += work(thread);
            }
            while (Stopwatch.GetElapsedTime(start) < Turn);

            (units[thread], starts[thread], ends[thread]) = (done, start, Stopwatch.GetTimestamp());
        }))];
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        // From the first to begin to the last to end: a thread that had to wait for its processor counts as one that was slow.
        return units.Sum() / Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds;
    }
}
