using Weft.Packets;

namespace Weft.Ports.Linux;

/// <summary>When to try again: soon at first, then less and less often, on the caller's clock.</summary>
internal struct Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(800);
    private TimeSpan _pause;
    private Timestamp _next;

    public readonly bool IsDue(Timestamp now) => now >= _next;

    /// <summary>Notes a failed attempt.</summary>
    public void Failed(Timestamp now)
    {
        TimeSpan doubled = _pause + _pause;
        _pause = doubled < First ? First : doubled > Longest ? Longest : doubled;
        _next = now + _pause;
    }

    /// <summary>Notes a success: the next trouble is met at once.</summary>
    public void Reset() => this = default;
}
