using System.Diagnostics;
using System.Globalization;
using Weft.Simulation.Schedules;
using Weft.Simulation.World;

namespace Weft.Simulation;

/// <summary>What the program does.</summary>
internal static class Commands
{
    public static async Task<int> RunAsync(int seed, int schedules, double seconds, Sabotage sabotage, string? summary, bool isOneEnough)
    {
        var watch = Stopwatch.StartNew();
        var tally = new Tally();
        for (int number = 0; number < schedules && !(isOneEnough && tally.Failures > 0) && watch.Elapsed.TotalSeconds < seconds; number++)
        {
            var schedule = Schedule.Of(seed + number);
            Outcome outcome = await Runner.PlayAsync(schedule, sabotage).ConfigureAwait(false);
            tally.Add(outcome);
            if (outcome.Failure is not null)
            {
                (int[] faults, string failure) = await Runner.ShrinkAsync(schedule, outcome.Failure, sabotage).ConfigureAwait(false);
                Console.WriteLine($"FAILED, seed {schedule.Seed}: {failure}");
                foreach (int fault in faults)
                {
                    Console.WriteLine($"  fault {fault}: {schedule.Faults[fault]}");
                }

                string left = faults.Length == 0 ? " --only -1" : " --only " + string.Join(' ', faults);
                Console.WriteLine($"  dotnet run -c Release --project simulation -- replay --seed {schedule.Seed}{left}{(sabotage == Sabotage.None ? "" : $" --sabotage {sabotage}")}");
            }

            if (summary is not null && (number % 500 == 499 || number == schedules - 1))
            {
                await File.WriteAllTextAsync(summary, tally.Text(seed, watch.Elapsed) + "\n").ConfigureAwait(false);
            }
        }

        Console.WriteLine(tally.Text(seed, watch.Elapsed));
        return tally.Failures == 0 ? 0 : 1;
    }

    public static async Task<int> ReplayAsync(int seed, int[]? only, Sabotage sabotage)
    {
        var schedule = Schedule.Of(seed);
        schedule = only is null or [] ? schedule : schedule.Only(only.Where(fault => fault >= 0));
        Outcome first = await Runner.PlayAsync(schedule, sabotage, Console.WriteLine).ConfigureAwait(false);
        Outcome second = await Runner.PlayAsync(schedule, sabotage).ConfigureAwait(false);
        Console.WriteLine(first.Failure ?? "all laws held");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first.Ticks * SimulatedWorld.TickMilliseconds} ms, {first.Frames} frames, {first.Answers} answers, {first.Moves} moves, healed in {first.Healing * SimulatedWorld.TickMilliseconds} ms, digest {first.Digest:x16}"));
        if (first != second)
        {
            Console.WriteLine($"NOT THE SAME the second time: {second}");
            return 2;
        }

        return first.Failure is null ? 0 : 1;
    }

    public static async Task<int> SoakAsync(int seed, double hours)
    {
        using var world = new SimulatedWorld(seed);
        try
        {
            return await Soak.RunAsync(world, seed, hours).ConfigureAwait(false);
        }
        catch (BrokenLawException broken)
        {
            Console.WriteLine($"FAILED: {broken.Message}");
            return 1;
        }
    }
}
