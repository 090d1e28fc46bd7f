namespace Weft.Cluster;

/// <summary>What an <see cref="EmbeddedStore"/> is made of.</summary>
public sealed record EmbeddedStoreOptions
{
    /// <summary>The file; null to keep everything in memory, for tests and simulations.</summary>
    public string? Path { get; init; }

    /// <summary>How many commits back a watch can start: 1 to 1,000,000; 10,000 by default. Each keeps the values that it wrote.</summary>
    public int History { get; init; } = 10_000;

    /// <summary>The clock of leases.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentOutOfRangeException.ThrowIfLessThan(History, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(History, 1_000_000);
        if (Path is { Length: 0 })
        {
            throw new ArgumentException("the path of the file is empty", nameof(Path));
        }
    }
}
