namespace Weft.Cluster;

/// <summary>Which blocks there are, and how many to keep ready. All hosts use the same <see cref="Prefix"/>, <see cref="Addresses"/> and <see cref="BlocksPerAddress"/>.</summary>
public sealed record PortBlockPoolOptions
{
    /// <summary>What the keys begin with, such as <c>/snat/v1/</c>.</summary>
    public string Prefix { get; init; } = "/snat/v1/";

    /// <summary>The shared addresses; one at least.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>Blocks of an address: 1 to 4,096.</summary>
    public required int BlocksPerAddress { get; init; }

    /// <summary>The first block that anybody gets: 0, the default, to <see cref="BlocksPerAddress"/> − 1. Those below it hold the well-known ports, for instance.</summary>
    public int FirstBlock { get; init; }

    /// <summary>This host's name; no two hosts have the same.</summary>
    public required string Host { get; init; }

    /// <summary>
    /// Where packets for ports of its blocks reach this host, such as its end of a tunnel, written beside the host's name for a <see cref="PortBlockDirectory"/>. Null, the
    /// default, if others find it in another way.
    /// </summary>
    public string? Via { get; init; }

    /// <summary>Blocks that are held ready, so that no packet waits for the store: 1 to 256, 4 by default.</summary>
    public int Ready { get; init; } = 4;

    /// <summary>How the lease of the blocks is kept; 30 s by default. After it the blocks of a dead host go into quarantine.</summary>
    public LeaseKeeperOptions Lease { get; init; } = new() { TimeToLive = TimeSpan.FromSeconds(30) };

    /// <summary>
    /// Time for which nobody gets a block that was in use: 0 s to one hour, 240 s by default, twice TCP's maximum segment lifetime (RFC 9293 section 3.4.2), so that what is
    /// still on its way to the old holder never reaches a new one's flow.
    /// </summary>
    public TimeSpan Quarantine { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>Where a search for free blocks begins, so that hosts seldom want the same one. The runtime's own by default; who repeats a run gives one with a seed.</summary>
    public Random Chance { get; init; } = Random.Shared;

    internal void Validate()
    {
        StoreKey.Check(Prefix);
        ArgumentNullException.ThrowIfNull(Chance);
        ArgumentNullException.ThrowIfNull(Addresses);
        ArgumentException.ThrowIfNullOrEmpty(Host);
        ArgumentNullException.ThrowIfNull(Lease);
        Lease.Validate();
        if (Addresses.Count == 0 || Addresses.Any(address => string.IsNullOrEmpty(address) || address.Contains('/')))
        {
            throw new ArgumentException("the addresses are one or more, without '/'", nameof(Addresses));
        }

        Check(BlocksPerAddress, 1, 4096, nameof(BlocksPerAddress));
        Check(FirstBlock, 0, BlocksPerAddress - 1, nameof(FirstBlock));
        Check(Ready, 1, 256, nameof(Ready));
        ArgumentOutOfRangeException.ThrowIfLessThan(Quarantine, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Quarantine, TimeSpan.FromHours(1));
    }

    private static void Check(int value, int least, int most, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }
}
