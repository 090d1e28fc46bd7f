using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>The token buckets of one port: how much it may still have flooded.</summary>
internal sealed class StormControl
{
    private TokenBucket _broadcast;
    private TokenBucket _multicast;
    private TokenBucket _unknown;
    private readonly bool _limitsBroadcast;
    private readonly bool _limitsMulticast;
    private readonly bool _limitsUnknown;

    public StormControl(StormLimits limits, Timestamp start)
    {
        (_limitsBroadcast, _limitsMulticast, _limitsUnknown) = (limits.Broadcast.HasValue, limits.Multicast.HasValue, limits.UnknownUnicast.HasValue);
        _broadcast = Bucket(limits.Broadcast, limits, start);
        _multicast = Bucket(limits.Multicast, limits, start);
        _unknown = Bucket(limits.UnknownUnicast, limits, start);
    }

    /// <summary>Whether one more frame to this destination, which is unknown if it is no group, may be flooded.</summary>
    public bool MayFlood(MacAddress destination, Timestamp now)
    {
        if (destination.IsBroadcast)
        {
            return !_limitsBroadcast || _broadcast.TryTake(now, 1);
        }

        return destination.IsGroup
            ? !_limitsMulticast || _multicast.TryTake(now, 1)
            : !_limitsUnknown || _unknown.TryTake(now, 1);
    }

    private static TokenBucket Bucket(int? rate, StormLimits limits, Timestamp start)
    {
        long burst = rate is > 0 and int frames ? Math.Max(1, (long)(frames * limits.Burst.TotalSeconds)) : 0;
        return new TokenBucket(rate ?? 0, Math.Min(burst, TokenBucket.MaxBurst), start);
    }
}
