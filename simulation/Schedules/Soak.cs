using System.Diagnostics;
using System.Globalization;
using Weft.Simulation.Hosts;
using Weft.Simulation.World;

namespace Weft.Simulation.Schedules;

/// <summary>One deployment that lives through a fault every few seconds for hours of its own time; what it needs of memory must not grow.</summary>
internal static class Soak
{
    private const int Pause = 400;
    private const int TicksOfHour = 3_600_000 / SimulatedWorld.TickMilliseconds;

    /// <summary>Looks an hour: often enough to see a slope.</summary>
    private const int Looks = 12;

    /// <summary>What the heap may grow by after the first look, beside a quarter: code that is compiled late, and the odd table of the runtime.</summary>
    private const long Margin = 8 << 20;

    public static async Task<int> RunAsync(SimulatedWorld world, int seed, double hours)
    {
        world.Judge.HoldsPromises = false;
        var watch = Stopwatch.StartNew();
        var afflictions = new Afflictions(world);
        using IEnumerator<Fault> faults = Schedule.Endless(seed, Pause).GetEnumerator();
        _ = faults.MoveNext();
        long end = (long)(hours * TicksOfHour), count = 0, first = 0;
        Console.WriteLine("simulated    real   faults     frames   heap MB   resident MB   answers   buffers out");
        for (long next = Math.Min(end, TicksOfHour / Looks); world.Tick < end; next = Math.Min(end, next + (TicksOfHour / Looks)))
        {
            while (world.Tick < next)
            {
                if (faults.Current.At <= world.Tick)
                {
                    await afflictions.BeginAsync(faults.Current).ConfigureAwait(false);
                    _ = faults.MoveNext();
                    count++;
                }

                await world.StepAsync().ConfigureAwait(false);
                afflictions.Pass();
            }

            await HealAsync(world, afflictions).ConfigureAwait(false);
            // Faults that should have come meanwhile come later.
            while (faults.Current.At <= world.Tick)
            {
                _ = faults.MoveNext();
            }

            long heap = GC.GetTotalMemory(forceFullCollection: true);
            first = first == 0 ? heap : first;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{world.Tick / (double)TicksOfHour,7:F2} h {watch.Elapsed.TotalSeconds,5:F0} s {count,8:N0} {world.FramesCarried,10:N0} {heap / 1048576.0,9:F1} {Environment.WorkingSet / 1048576.0,13:F1} {world.Conversations.Sum(conversation => conversation.Answers),9:N0} {world.Hosts.Sum(Out),13}"));
            world.Laws.Hold(heap <= (first * 5 / 4) + Margin, $"the heap grew from {first} to {heap} bytes");
        }

        Console.WriteLine("flat");
        return 0;
    }

    /// <summary>Whatever was done to it, a deployment that is left alone is as it should be soon.</summary>
    private static async Task HealAsync(SimulatedWorld world, Afflictions afflictions)
    {
        while (!afflictions.IsOver)
        {
            await world.StepAsync().ConfigureAwait(false);
            afflictions.Pass();
        }

        long healed = world.Tick;
        while (world.Judge.Complaint() is { } complaint)
        {
            world.Laws.Hold(world.Tick - healed < Runner.HealingTicks, $"{Runner.HealingTicks * SimulatedWorld.TickMilliseconds / 1_000} s after the last fault: {complaint}");
            await world.StepAsync().ConfigureAwait(false);
        }
    }

    private static long Out(SimulatedHost host) => host.Plan.PoolBuffers - host.Switch!.BuffersAvailable;
}
