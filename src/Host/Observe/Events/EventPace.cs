using Weft.Flows;
using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>Keeps one kind of event, which packets can cause, from filling the stream: 20 a second, 20 at once.</summary>
internal struct EventPace(Timestamp start)
{
    private const int PerSecond = 20;

    private TokenBucket _bucket = new(PerSecond, PerSecond, start);

    /// <summary>Whether one more may be published.</summary>
    public bool MayPublish(Timestamp now) => _bucket.TryTake(now, 1);
}
