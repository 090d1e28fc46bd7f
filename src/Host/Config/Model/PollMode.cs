namespace Weft.Host.Config;

/// <summary>What a worker does when no frame waits.</summary>
public enum PollMode
{
    /// <summary>Spins for 50 µs after the last frame, then sleeps in poll(2). The default.</summary>
    Adaptive,

    /// <summary>Never sleeps: least latency, one whole processor.</summary>
    Spin,

    /// <summary>Sleeps at once: least processor time.</summary>
    Sleep,
}
