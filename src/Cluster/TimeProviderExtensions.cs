using Weft.Packets;

namespace Weft.Cluster;

/// <summary>The time as the data path counts it.</summary>
internal static class TimeProviderExtensions
{
    /// <summary>The provider's monotonic clock; that of the system is <see cref="Timestamp.FromMonotonicClock"/>.</summary>
    public static Timestamp Now(this TimeProvider time) => time.TimestampFrequency == 1_000_000_000
        ? new Timestamp(time.GetTimestamp())
        : new Timestamp((long)(time.GetTimestamp() * (1e9 / time.TimestampFrequency)));
}
