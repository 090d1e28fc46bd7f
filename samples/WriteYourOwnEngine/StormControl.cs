using Weft.Flows;
using Weft.Packets;

namespace Weft.Samples.WriteYourOwnEngine;

/// <summary>Limits how many broadcast frames each port may send a second.</summary>
public sealed class StormControl
{
    private readonly TokenBucket[] _buckets;
    private StormControlCounters _counters;

    /// <summary>Allocates one bucket a port, full.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public StormControl(StormControlOptions options, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(options.Ports, 1, 4096, nameof(options.Ports));
        Require(options.FramesPerSecond, 1, 10_000_000, nameof(options.FramesPerSecond));
        Require(options.Burst, 1, 1_000_000, nameof(options.Burst));
        _buckets = new TokenBucket[options.Ports];
        Array.Fill(_buckets, new TokenBucket(options.FramesPerSecond, options.Burst, now));
    }

    /// <summary>What happened so far.</summary>
    public ref readonly StormControlCounters Counters => ref _counters;

    /// <summary>Says whether a frame from a port may go on.</summary>
    public StormVerdict Check(int port, ReadOnlySpan<byte> frame, Timestamp now)
    {
        if (frame.Length < MacAddress.Length || !MacAddress.Read(frame).IsBroadcast)
        {
            _counters.NotBroadcast++;
            return StormVerdict.Pass;
        }

        if (!_buckets[port].TryTake(now, 1))
        {
            _counters.Limited++;
            return StormVerdict.Limited;
        }

        _counters.Passed++;
        return StormVerdict.Pass;
    }

    private static void Require(int value, int min, int max, string option)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(option, value, $"StormControlOptions.{option} must be {min} to {max}");
        }
    }
}
