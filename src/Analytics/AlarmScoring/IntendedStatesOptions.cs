using Weft.Packets;

namespace Weft.Analytics;

/// <summary>How many processes <see cref="IntendedStates"/> knows, and how much of each.</summary>
public sealed record IntendedStatesOptions
{
    /// <summary>Processes (or roles) with a state of their own, 1 to 65,536. Each takes the memory of a window and its tables.</summary>
    public int Processes { get; init; } = 64;

    /// <summary>Rows remembered of each, the oldest leaving first; 1 to 1,048,576.</summary>
    public int RowsPerProcess { get; init; } = 4_096;

    /// <summary>
    /// Most rows that one source (a machine, an agent) may teach about one process, at least 1: none can make its own behaviour
    /// normal by repeating it. No limit by default.
    /// </summary>
    public int RowsPerSource { get; init; } = int.MaxValue;

    /// <summary>Pairs of process and source remembered for that limit, 1 to 16,777,216; beyond them nothing is learned from new sources.</summary>
    public int Sources { get; init; } = 4_096;

    /// <summary>
    /// True to score a process of which fewer rows were learned than the false-alarm rate needs by the smallest rate that they allow;
    /// false, the default, to call nothing of it an outlier.
    /// </summary>
    public bool AdaptRate { get; init; }

    /// <summary>How alarms are scored.</summary>
    public HoloEntropyOptions Scoring { get; init; } = new();

    /// <summary>Secret of the tables' hash.</summary>
    public required HashSeed Seed { get; init; }

    internal void Validate()
    {
        Require(Processes, 1, 65_536, nameof(Processes));
        Require(RowsPerProcess, 1, 1 << 20, nameof(RowsPerProcess));
        Require(RowsPerSource, 1, int.MaxValue, nameof(RowsPerSource));
        Require(Sources, 1, 1 << 24, nameof(Sources));
        Scoring.Validate();
    }

    private static void Require(int value, int from, int to, string name)
    {
        if (value < from || value > to)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {from} to {to}.");
        }
    }
}
