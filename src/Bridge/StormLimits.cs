namespace Weft.Bridge;

/// <summary>Frames a second that a port may have flooded; null for no limit. What is above is dropped and counted.</summary>
public sealed record StormLimits
{
    /// <summary>Largest rate.</summary>
    public const int MaxRate = 1_000_000_000;

    /// <summary>Broadcasts a second, 0 to <see cref="MaxRate"/>.</summary>
    public int? Broadcast { get; init; }

    /// <summary>Multicasts a second, 0 to <see cref="MaxRate"/>.</summary>
    public int? Multicast { get; init; }

    /// <summary>Frames to unknown addresses a second, 0 to <see cref="MaxRate"/>.</summary>
    public int? UnknownUnicast { get; init; }

    /// <summary>Part of a second's frames that may come at once, 10 ms to 10 s. Default 100 ms, and at least one frame.</summary>
    public TimeSpan Burst { get; init; } = TimeSpan.FromMilliseconds(100);

    internal void Validate(int port)
    {
        Require(Broadcast, nameof(Broadcast), port);
        Require(Multicast, nameof(Multicast), port);
        Require(UnknownUnicast, nameof(UnknownUnicast), port);
        if (Burst.TotalSeconds is < 0.01 or > 10)
        {
            throw new ArgumentException($"{nameof(Burst)} of port {port} is {Burst.TotalSeconds} s; the allowed range is 0.01 to 10 s.");
        }
    }

    private static void Require(int? rate, string option, int port)
    {
        if (rate is < 0 or > MaxRate)
        {
            throw new ArgumentException($"{option} of port {port} is {rate}; the allowed range is 0 to {MaxRate}.");
        }
    }
}
