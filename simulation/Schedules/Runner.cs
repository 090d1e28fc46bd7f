using Weft.Simulation.World;

namespace Weft.Simulation.Schedules;

/// <summary>What a schedule came to.</summary>
/// <param name="Failure">What did not hold; null if all did.</param>
/// <param name="Ticks">Simulated ticks.</param>
/// <param name="Healing">Ticks from the end of the last fault until all was as it should be.</param>
/// <param name="Frames">Frames between hosts and machines.</param>
/// <param name="Answers">Answers that clients got.</param>
/// <param name="Looks">Times that a law was looked at.</param>
/// <param name="Moves">Machines that moved.</param>
/// <param name="Digest">The same for the same run.</param>
internal sealed record Outcome(string? Failure, long Ticks, long Healing, long Frames, long Answers, long Looks, long Moves, ulong Digest);

/// <summary>Plays schedules.</summary>
internal static class Runner
{
    /// <summary>Ticks from the end of the last fault within which all must be as it should be: a lease, a quarantine, the patience of a client, and some.</summary>
    public const int HealingTicks = 2_000;

    /// <summary>Ticks for which all must be as it should be.</summary>
    private const int Proof = 30;

    public static async Task<Outcome> PlayAsync(Schedule schedule, Sabotage sabotage = Sabotage.None, Action<string>? tale = null)
    {
        using var world = new SimulatedWorld(schedule.Seed, sabotage) { Tale = tale };
        long healing = 0;
        string? failure = null;
        try
        {
            healing = await PlayAsync(world, schedule).ConfigureAwait(false);
        }
        catch (BrokenLawException broken)
        {
            failure = broken.Message;
        }
        catch (Exception fault)
        {
            failure = $"at {world.Tick * SimulatedWorld.TickMilliseconds} ms: {fault}";
        }

        return new Outcome(failure, world.Tick, healing, world.FramesCarried, world.Conversations.Sum(conversation => conversation.Answers), world.Laws.Looks, world.MovesDone, world.Digest);
    }

    /// <summary>Leaves faults out for as long as what is left still fails.</summary>
    public static async Task<(int[] Faults, string Failure)> ShrinkAsync(Schedule schedule, string failure, Sabotage sabotage = Sabotage.None)
    {
        List<int> left = [.. Enumerable.Range(0, schedule.Faults.Count)];
        for (int i = 0; i < left.Count;)
        {
            int[] fewer = [.. left.Where((_, index) => index != i)];
            Outcome outcome = await PlayAsync(schedule.Only(fewer), sabotage).ConfigureAwait(false);
            if (outcome.Failure is null)
            {
                i++;
                continue;
            }

            (left, failure) = ([.. fewer], outcome.Failure);
            i = 0;
        }

        return ([.. left], failure);
    }

    private static async Task<long> PlayAsync(SimulatedWorld world, Schedule schedule)
    {
        var afflictions = new Afflictions(world);
        var waiting = new Queue<Fault>(schedule.Faults);
        while (world.Tick < Schedule.Calm || waiting.Count > 0 || !afflictions.IsOver)
        {
            while (waiting.TryPeek(out Fault fault) && fault.At <= world.Tick)
            {
                await afflictions.BeginAsync(waiting.Dequeue()).ConfigureAwait(false);
            }

            await world.StepAsync().ConfigureAwait(false);
            afflictions.Pass();
        }

        long healed = world.Tick;
        for (int good = 0; good < Proof;)
        {
            await world.StepAsync().ConfigureAwait(false);
            string? complaint = world.Judge.Complaint();
            good = complaint is null ? good + 1 : 0;
            world.Laws.Hold(world.Tick - healed < HealingTicks, $"{HealingTicks * SimulatedWorld.TickMilliseconds / 1_000} s after the last fault: {complaint}");
        }

        return world.Tick - healed - Proof;
    }
}
