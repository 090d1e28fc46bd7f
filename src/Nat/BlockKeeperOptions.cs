namespace Weft.Nat;

/// <summary>How many ports a <see cref="BlockKeeper"/> keeps in store.</summary>
public sealed record BlockKeeperOptions
{
    /// <summary>
    /// Ports that are free for every protocol at any time: with fewer, another block is asked for before they run out. 1 to 65,536; 256 by
    /// default.
    /// </summary>
    public int SparePorts { get; init; } = 256;

    /// <summary>Most blocks, 1 to 64; 16 by default.</summary>
    public int MaxBlocks { get; init; } = 16;

    /// <summary>Time before the end of a lease from which on it is renewed, 1 s to 1 day; 20 s by default.</summary>
    public TimeSpan RenewBefore { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time between two requests that were denied or not answered, 100 ms to 1 h; 1 s by default.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(1);

    internal void Validate()
    {
        Check(SparePorts, 1, 65_536, nameof(SparePorts));
        Check(MaxBlocks, 1, PortPool.MaxBlocks, nameof(MaxBlocks));
        Check(RenewBefore, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), nameof(RenewBefore));
        Check(Retry, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(Retry));
    }

    private static void Check<T>(T value, T least, T most, string name)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} to {most}.");
        }
    }
}
