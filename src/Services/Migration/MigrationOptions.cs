namespace Weft.Services;

/// <summary>How a machine's services move.</summary>
public sealed record MigrationOptions
{
    /// <summary>Names this move: both ends ignore messages of others. Never used twice.</summary>
    public required ulong Id { get; init; }

    /// <summary>The epoch under which the source owns the machine; the target owns it under the next one.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Longest message, 2,048 to 65,535 bytes: what the transport between the hosts carries whole.</summary>
    public int MessageBytes { get; init; } = 32 * 1024;

    /// <summary>Messages with flows that may be under way, 1 to 64.</summary>
    public int Window { get; init; } = 16;

    /// <summary>Time after which a message that was not answered is sent again.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Time without any answer after which the move is given up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest time for which the machine's packets may be held before the move is given up.</summary>
    public TimeSpan FreezeBudget { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The source freezes when, at the end of a round of copying, no more than about this many bytes are due.</summary>
    public int FreezeBytes { get; init; } = 64 * 1024;

    /// <summary>The source freezes after so many rounds at the latest: flows that change faster than they are sent never end.</summary>
    public int MaxRounds { get; init; } = 8;

    /// <summary>What becomes of flows whose state cannot move.</summary>
    public PinnedFlows Pinned { get; init; }

    internal void Validate()
    {
        Check(MessageBytes, 2048, 65_535, nameof(MessageBytes));
        Check(Window, 1, 64, nameof(Window));
        Check(FreezeBytes, 0, int.MaxValue, nameof(FreezeBytes));
        Check(MaxRounds, 1, 1000, nameof(MaxRounds));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Retry, TimeSpan.Zero, nameof(Retry));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, Retry, nameof(Timeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(FreezeBudget, TimeSpan.Zero, nameof(FreezeBudget));
    }

    private static void Check(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"The allowed range is {least} to {most}.");
        }
    }
}
