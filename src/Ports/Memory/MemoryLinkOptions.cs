namespace Weft.Ports;

/// <summary>What a <see cref="MemoryLink"/> does to the frames that cross it, the same in both directions.</summary>
public sealed record MemoryLinkOptions
{
    /// <summary>Frames under way in one direction, 1 to 65,536. A full direction hands the rest of a burst back. Default 256.</summary>
    public int QueueFrames { get; init; } = 256;

    /// <summary>Longest frame, Ethernet header included, 60 to 65,535 bytes. Default 1,522: 1,500 with two VLAN tags.</summary>
    public int MaxFrameBytes { get; init; } = 1522;

    /// <summary>Time on the way. Default none: a frame can be received in the instant in which it was sent.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>
    /// Up to this much is added to <see cref="Delay"/>, uniformly. Jitter never reorders: a frame waits for the one before it.
    /// Default none.
    /// </summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Bits a second that a direction carries, frame check sequence, preamble and gap not counted; 0 is no limit. Default 0.</summary>
    public long BitsPerSecond { get; init; }

    /// <summary>Probability that a frame vanishes, 0 to 1. Default 0.</summary>
    public double Loss { get; init; }

    /// <summary>Probability that a frame arrives twice, 0 to 1. Default 0.</summary>
    public double Duplication { get; init; }

    /// <summary>Probability that a frame has one bit flipped, 0 to 1. Default 0.</summary>
    public double Corruption { get; init; }

    /// <summary>Probability that a frame is held back for <see cref="ReorderDelay"/> while others overtake it, 0 to 1. Default 0.</summary>
    public double Reordering { get; init; }

    /// <summary>How long a reordered frame is held back. Default one millisecond.</summary>
    public TimeSpan ReorderDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    internal void Validate()
    {
        Require(QueueFrames is >= 1 and <= 65_536, nameof(QueueFrames), QueueFrames, "1 to 65,536");
        Require(MaxFrameBytes is >= 60 and <= 65_535, nameof(MaxFrameBytes), MaxFrameBytes, "60 to 65,535");
        Require(Delay >= TimeSpan.Zero, nameof(Delay), Delay, "0 or more");
        Require(Jitter >= TimeSpan.Zero, nameof(Jitter), Jitter, "0 or more");
        Require(ReorderDelay >= TimeSpan.Zero, nameof(ReorderDelay), ReorderDelay, "0 or more");
        Require(BitsPerSecond >= 0, nameof(BitsPerSecond), BitsPerSecond, "0 or more");
        Require(Loss is >= 0 and <= 1, nameof(Loss), Loss, "0 to 1");
        Require(Duplication is >= 0 and <= 1, nameof(Duplication), Duplication, "0 to 1");
        Require(Corruption is >= 0 and <= 1, nameof(Corruption), Corruption, "0 to 1");
        Require(Reordering is >= 0 and <= 1, nameof(Reordering), Reordering, "0 to 1");
    }

    private static void Require(bool holds, string option, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(option, value, $"MemoryLinkOptions.{option} must be {range}");
        }
    }
}
