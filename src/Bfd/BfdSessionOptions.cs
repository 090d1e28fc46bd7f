namespace Weft.Bfd;

/// <summary>One end of a BFD session (RFC 5880 section 6.8.1).</summary>
public sealed record BfdSessionOptions
{
    /// <summary>Interval that RFC 5880 section 6.8.3 demands while a session is not up.</summary>
    internal const uint SlowMicroseconds = 1_000_000;

    private const uint MinMicroseconds = 1_000;
    private const uint MaxMicroseconds = 60_000_000;

    /// <summary>Our name of the session, not 0 and unlike that of any other session of this system.</summary>
    public required uint Discriminator { get; init; }

    /// <summary>Interval at which we would like to send once the session is up, 1 ms to 60 s. Default 50 ms.</summary>
    public TimeSpan DesiredMinTx { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Shortest interval between packets that we can bear, 1 ms to 60 s, or zero to ask for none. Default 50 ms.</summary>
    public TimeSpan RequiredMinRx { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Packets in a row that the other side may miss before it calls us down, 1 to 255. Default 3.</summary>
    public byte DetectMultiplier { get; init; } = 3;

    /// <summary>Waits for the other side to speak first (RFC 5880 section 6.1). One of two ends at least must not.</summary>
    public bool Passive { get; init; }

    /// <summary>Says that this BFD does not share the fate of its control plane (the C bit).</summary>
    public bool ControlPlaneIndependent { get; init; }

    /// <summary>Seed of the jitter that keeps sessions from sending in step; any value.</summary>
    public ulong JitterSeed { get; init; } = 1;

    internal void Validate()
    {
        if (Discriminator == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(Discriminator), Discriminator, "BfdSessionOptions.Discriminator must be 1 to 4294967295");
        }

        if (DetectMultiplier == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(DetectMultiplier), DetectMultiplier, "BfdSessionOptions.DetectMultiplier must be 1 to 255");
        }

        _ = Microseconds(DesiredMinTx, nameof(DesiredMinTx), allowZero: false);
        _ = Microseconds(RequiredMinRx, nameof(RequiredMinRx), allowZero: true);
    }

    internal static uint Microseconds(TimeSpan value, string option, bool allowZero)
    {
        double microseconds = value.TotalMicroseconds;
        if ((microseconds is < MinMicroseconds or > MaxMicroseconds) && !(allowZero && value == TimeSpan.Zero))
        {
            throw new ArgumentOutOfRangeException(option, value, $"BfdSessionOptions.{option} must be 1 ms to 60 s{(allowZero ? ", or zero" : "")}");
        }

        return (uint)microseconds;
    }
}
