namespace Weft.Sase;

/// <summary>How a node notes tenants' sessions (MEF 117).</summary>
public sealed record SessionLogOptions
{
    /// <summary>Part of every session's name, which no other run of this node has or had: the time in microseconds will do.</summary>
    public required ulong Series { get; init; }

    /// <summary>Records that may wait to be taken, 16 to 2^20. Default 16,384. Half of them is left to starts and ends, whatever is blocked.</summary>
    public int Records { get; init; } = 16_384;

    /// <summary>Records of blocked flows that one tenant may cause in a second, and at once, 1 to 1,000,000. Default 100. Those beyond are counted.</summary>
    public int BlockedPerSecond { get; init; } = 100;

    internal void Validate()
    {
        PopOptions.Check(Records, 16, 1 << 20, nameof(Records));
        PopOptions.Check(BlockedPerSecond, 1, 1_000_000, nameof(BlockedPerSecond));
    }
}
