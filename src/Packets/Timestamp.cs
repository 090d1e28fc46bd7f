using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Weft.Packets;

/// <summary>
/// A point on a monotonic clock, in nanoseconds since an origin that the caller chose. Engines are handed one with every
/// call and never read a clock themselves, so a test drives a week of timers in a millisecond.
/// </summary>
/// <remarks>
/// Timestamps of different origins must not be compared. Capture files use the Unix epoch as origin, live workers an
/// arbitrary one. The range is ±292 years; arithmetic that leaves it wraps and is the caller's mistake.
/// </remarks>
public readonly struct Timestamp : IEquatable<Timestamp>, IComparable<Timestamp>
{
    /// <summary>Nanoseconds in one <see cref="TimeSpan"/> tick.</summary>
    public const long NanosecondsPerTick = 100;

    /// <summary>Creates a timestamp <paramref name="nanoseconds"/> after the origin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Timestamp(long nanoseconds) => Nanoseconds = nanoseconds;

    /// <summary>Nanoseconds since the origin.</summary>
    public long Nanoseconds { get; }

    /// <summary>The origin itself.</summary>
    public static Timestamp Zero => default;

    /// <summary>Later than every other timestamp: the deadline of something that never comes.</summary>
    public static Timestamp MaxValue => new(long.MaxValue);

    /// <summary>The timestamp <paramref name="seconds"/> seconds after the origin.</summary>
    public static Timestamp FromSeconds(double seconds) => new((long)(seconds * 1e9));

    /// <summary>The timestamp <paramref name="milliseconds"/> milliseconds after the origin.</summary>
    public static Timestamp FromMilliseconds(long milliseconds) => new(milliseconds * 1_000_000);

    /// <summary>
    /// Reads the machine's monotonic clock. It costs tens of nanoseconds: a worker reads it once a burst, an engine never.
    /// </summary>
    public static Timestamp FromMonotonicClock()
    {
        // On Linux the Stopwatch counts nanoseconds of CLOCK_MONOTONIC, so the division disappears.
        return Stopwatch.Frequency == 1_000_000_000
            ? new Timestamp(Stopwatch.GetTimestamp())
            : new Timestamp((long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency)));
    }

    /// <summary>The timestamp <paramref name="span"/> later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Timestamp operator +(Timestamp left, TimeSpan span) => new(left.Nanoseconds + span.Ticks * NanosecondsPerTick);

    /// <summary>The timestamp <paramref name="span"/> earlier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Timestamp operator -(Timestamp left, TimeSpan span) => new(left.Nanoseconds - span.Ticks * NanosecondsPerTick);

    /// <summary>The time between two timestamps, rounded towards zero to 100 ns.</summary>
    public static TimeSpan operator -(Timestamp left, Timestamp right) => new((left.Nanoseconds - right.Nanoseconds) / NanosecondsPerTick);

    /// <summary>True if <paramref name="left"/> is earlier than <paramref name="right"/>.</summary>
    public static bool operator <(Timestamp left, Timestamp right) => left.Nanoseconds < right.Nanoseconds;

    /// <summary>True if <paramref name="left"/> is later than <paramref name="right"/>.</summary>
    public static bool operator >(Timestamp left, Timestamp right) => left.Nanoseconds > right.Nanoseconds;

    /// <summary>True if <paramref name="left"/> is not later than <paramref name="right"/>.</summary>
    public static bool operator <=(Timestamp left, Timestamp right) => left.Nanoseconds <= right.Nanoseconds;

    /// <summary>True if <paramref name="left"/> is not earlier than <paramref name="right"/>.</summary>
    public static bool operator >=(Timestamp left, Timestamp right) => left.Nanoseconds >= right.Nanoseconds;

    /// <summary>True if both name the same nanosecond.</summary>
    public static bool operator ==(Timestamp left, Timestamp right) => left.Nanoseconds == right.Nanoseconds;

    /// <summary>True if they name different nanoseconds.</summary>
    public static bool operator !=(Timestamp left, Timestamp right) => left.Nanoseconds != right.Nanoseconds;

    /// <inheritdoc/>
    public bool Equals(Timestamp other) => Nanoseconds == other.Nanoseconds;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Timestamp other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Nanoseconds.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(Timestamp other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Seconds since the origin with nine decimals.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(decimal)Nanoseconds / 1_000_000_000m:0.000000000}");
}
