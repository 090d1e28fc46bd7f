using System.Globalization;
using Weft.Simulation.World;

namespace Weft.Simulation.Schedules;

/// <summary>What many schedules came to.</summary>
internal sealed class Tally
{
    private long _schedules, _ticks, _frames, _answers, _looks, _moves, _slowest;

    public int Failures { get; private set; }

    public void Add(Outcome outcome)
    {
        _schedules++;
        _ticks += outcome.Ticks;
        _frames += outcome.Frames;
        _answers += outcome.Answers;
        _looks += outcome.Looks;
        _moves += outcome.Moves;
        _slowest = Math.Max(_slowest, outcome.Healing);
        Failures += outcome.Failure is null ? 0 : 1;
    }

    public string Text(int seed, TimeSpan elapsed) => string.Create(
        CultureInfo.InvariantCulture,
        $"{_schedules:N0} schedules from seed {seed}, {Failures:N0} failed; {_ticks * SimulatedWorld.TickMilliseconds / 3_600_000.0:N1} simulated hours in {elapsed.TotalSeconds:N0} s; {_frames:N0} frames, {_answers:N0} answers, {_moves:N0} machines moved, {_looks:N0} looks at laws; slowest healing {_slowest * SimulatedWorld.TickMilliseconds / 1_000.0:N1} s");
}
