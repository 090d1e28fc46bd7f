using Weft.Packets;

namespace Weft.Flows;

/// <summary>A meter of two rates and three colours, by RFC 2698 or RFC 4115. Exact as its two <see cref="TokenBucket"/>s are.</summary>
/// <remarks>A mutable struct of 65 bytes without references: hold it in a field, an array or by reference, never in a copy. The default value says red.</remarks>
public struct ThreeColorMeter
{
    private readonly MeterKind _kind;
    private TokenBucket _committed;
    private TokenBucket _second;

    /// <summary>Creates a meter with full buckets.</summary>
    /// <param name="kind">What the second rate is.</param>
    /// <param name="committedRate">Bytes a second that are green, as of <see cref="TokenBucket"/>.</param>
    /// <param name="committedBurst">Bytes that are green at once.</param>
    /// <param name="secondRate">Bytes a second that are not red (RFC 2698; not below the committed rate), or that are yellow (RFC 4115).</param>
    /// <param name="secondBurst">Bytes at once of the second rate.</param>
    /// <param name="now">The time from which on the meter runs.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate or burst is outside its range.</exception>
    public ThreeColorMeter(MeterKind kind, long committedRate, long committedBurst, long secondRate, long secondBurst, Timestamp now)
    {
        if (kind == MeterKind.PeakRate)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(secondRate, committedRate);
        }

        _kind = kind;
        _committed = new TokenBucket(committedRate, committedBurst, now);
        _second = new TokenBucket(secondRate, secondBurst, now);
    }

    /// <summary>Meters a packet.</summary>
    /// <param name="now">The time. One before that of an earlier call counts as that one.</param>
    /// <param name="bytes">Its length, 0 or more.</param>
    /// <param name="color">What an earlier meter said of it; green for a packet that none has seen (colour-blind).</param>
    /// <returns>Its colour, never better than <paramref name="color"/>.</returns>
    public MeterColor Meter(Timestamp now, long bytes, MeterColor color = MeterColor.Green)
    {
        if (color == MeterColor.Red)
        {
            return MeterColor.Red;
        }

        return _kind == MeterKind.PeakRate ? MeterPeak(now, bytes, color) : MeterExcess(now, bytes, color);
    }

    /// <summary>RFC 2698 section 3: what is not red takes from the peak bucket, what is green from both.</summary>
    private MeterColor MeterPeak(Timestamp now, long bytes, MeterColor color)
    {
        if (!_second.TryTake(now, bytes))
        {
            return MeterColor.Red;
        }

        return color == MeterColor.Green && _committed.TryTake(now, bytes) ? MeterColor.Green : MeterColor.Yellow;
    }

    /// <summary>RFC 4115 section 4: each colour takes from its own bucket.</summary>
    private MeterColor MeterExcess(Timestamp now, long bytes, MeterColor color)
    {
        if (color == MeterColor.Green && _committed.TryTake(now, bytes))
        {
            return MeterColor.Green;
        }

        return _second.TryTake(now, bytes) ? MeterColor.Yellow : MeterColor.Red;
    }
}
