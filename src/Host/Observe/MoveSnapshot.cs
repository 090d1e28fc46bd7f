namespace Weft.Host.Observe;

/// <summary>A machine's last move away from this host.</summary>
public sealed record MoveSnapshot
{
    /// <summary>Name of the machine.</summary>
    public required string Machine { get; init; }

    /// <summary>Name of the other host.</summary>
    public required string To { get; init; }

    /// <summary>How far it has come: <c>preparing</c>, <c>copying</c>, <c>frozen</c>, <c>committing</c>, <c>moved</c> or <c>aborted</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it was given up; null if it was not.</summary>
    public string? Failure { get; init; }

    /// <summary>The machine's epoch after the move.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Rounds of copying.</summary>
    public required int Rounds { get; init; }

    /// <summary>Bytes of flows sent.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes of flows among them that were sent while the machine's packets were held.</summary>
    public required long FrozenBytes { get; init; }

    /// <summary>Milliseconds for which the machine's packets were held.</summary>
    public required double FrozenMilliseconds { get; init; }

    /// <summary>Milliseconds within which that should have been: one and a half times what <see cref="FrozenBytes"/> take at the rate at which the others were sent, and two.</summary>
    public double FrozenBoundMilliseconds { get; init; }

    /// <summary>Packets that were held, and sent after the machine or, if the move was given up, on their way.</summary>
    public required long HeldPackets { get; init; }
}
