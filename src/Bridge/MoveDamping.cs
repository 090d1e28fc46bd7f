namespace Weft.Bridge;

/// <summary>When an address moves too often (as RFC 7432 section 15.1 detects duplicates), and how long it then stays where it is.</summary>
public sealed record MoveDamping
{
    /// <summary>Moves within <see cref="Window"/> that are allowed, 1 to 254. Default 5.</summary>
    public int MaxMoves { get; init; } = 5;

    /// <summary>Time in which moves are counted, 100 ms to 30 min. Default 180 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>Time for which an address that moved too often stays, 100 ms to 30 min. Default 30 s.</summary>
    public TimeSpan HoldDown { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        if (MaxMoves is < 1 or > 254)
        {
            throw new ArgumentException($"{nameof(MaxMoves)} is {MaxMoves}; the allowed range is 1 to 254.");
        }

        Require(Window, nameof(Window));
        Require(HoldDown, nameof(HoldDown));
    }

    private static void Require(TimeSpan value, string option)
    {
        if (value.TotalSeconds is < 0.1 or > 1800)
        {
            throw new ArgumentException($"{option} is {value.TotalSeconds} s; the allowed range is 0.1 to 1800 s.");
        }
    }
}
