using Weft.Packets;

namespace Weft.Flows;

/// <summary>
/// A token bucket, exact to the nanosecond: over any interval of t seconds it gives at most burst + rate × t tokens, and what it
/// withholds at one moment by rounding it gives at the next. A token is whatever the caller counts: bytes, packets, log lines.
/// </summary>
/// <remarks>
/// It counts in billionths of a token, of which a whole number accrues every nanosecond, so nothing is ever rounded and the
/// rate does not drift. 32 bytes without references: keep it in the value of a flow. A mutable struct: hold it in a field, an
/// array or by reference, never in a copy. The default value gives nothing.
/// </remarks>
public struct TokenBucket
{
    /// <summary>Largest rate: 10^12 tokens a second.</summary>
    public const long MaxRate = 1_000_000_000_000;

    /// <summary>Largest burst: 9 × 10^9 tokens.</summary>
    public const long MaxBurst = 9_000_000_000;

    private const ulong CreditsPerToken = 1_000_000_000;

    private readonly ulong _rate;
    private readonly ulong _full;
    private ulong _credits;
    private long _updated;

    /// <summary>Creates a full bucket.</summary>
    /// <param name="tokensPerSecond">Rate, 0 to <see cref="MaxRate"/>.</param>
    /// <param name="burst">Tokens that the full bucket holds, 0 to <see cref="MaxBurst"/>.</param>
    /// <param name="now">The time from which on tokens accrue.</param>
    /// <exception cref="ArgumentOutOfRangeException">Rate or burst is outside its range.</exception>
    public TokenBucket(long tokensPerSecond, long burst, Timestamp now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokensPerSecond);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokensPerSecond, MaxRate);
        ArgumentOutOfRangeException.ThrowIfNegative(burst);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(burst, MaxBurst);
        _rate = (ulong)tokensPerSecond;
        _full = (ulong)burst * CreditsPerToken;
        _credits = _full;
        _updated = now.Nanoseconds;
    }

    /// <summary>Tokens that accrue in a second.</summary>
    public readonly long TokensPerSecond => (long)_rate;

    /// <summary>Tokens that the full bucket holds.</summary>
    public readonly long Burst => (long)(_full / CreditsPerToken);

    /// <summary>Takes tokens if there are enough.</summary>
    /// <param name="now">The time. One before that of an earlier call counts as that one.</param>
    /// <param name="tokens">How many; 0 always succeeds.</param>
    /// <returns>False if there are fewer; then none is taken. Always false for more than the burst.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tokens"/> is negative.</exception>
    public bool TryTake(Timestamp now, long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        Accrue(now);
        if ((ulong)tokens > _credits / CreditsPerToken)
        {
            return false;
        }

        _credits -= (ulong)tokens * CreditsPerToken;
        return true;
    }

    /// <summary>Whole tokens in the bucket.</summary>
    /// <param name="now">The time. One before that of an earlier call counts as that one.</param>
    public long Available(Timestamp now)
    {
        Accrue(now);
        return (long)(_credits / CreditsPerToken);
    }

    /// <summary>The earliest time when <paramref name="tokens"/> can be taken, if nobody takes any before.</summary>
    /// <param name="now">The time. One before that of an earlier call counts as that one.</param>
    /// <param name="tokens">How many.</param>
    /// <returns><see cref="Timestamp.MaxValue"/> if the bucket never holds so many.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tokens"/> is negative.</exception>
    public Timestamp ReadyAt(Timestamp now, long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        Accrue(now);
        if ((ulong)tokens > _full / CreditsPerToken)
        {
            return Timestamp.MaxValue;
        }

        ulong needed = (ulong)tokens * CreditsPerToken;
        if (needed <= _credits)
        {
            return new Timestamp(_updated);
        }

        if (_rate == 0)
        {
            return Timestamp.MaxValue;
        }

        ulong missing = needed - _credits;
        ulong wait = missing / _rate + (missing % _rate == 0 ? 0UL : 1);
        return wait > (ulong)(long.MaxValue - Math.Max(_updated, 0)) ? Timestamp.MaxValue : new Timestamp(_updated + (long)wait);
    }

    private void Accrue(Timestamp now)
    {
        if (now.Nanoseconds <= _updated)
        {
            return;
        }

        // Two longs in order differ by less than 2^64. Whatever is beyond full runs over, however much it is.
        ulong elapsed = (ulong)now.Nanoseconds - (ulong)_updated;
        ulong high = Math.BigMul(elapsed, _rate, out ulong gained);
        ulong room = _full - _credits;
        _credits = high != 0 || gained >= room ? _full : _credits + gained;
        _updated = now.Nanoseconds;
    }
}
