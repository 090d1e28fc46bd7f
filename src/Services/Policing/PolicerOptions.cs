using Weft.Flows;

namespace Weft.Services;

/// <summary>Rates of a <see cref="Policer"/>.</summary>
public sealed record PolicerOptions
{
    /// <summary>Bits a second that the machine may send, all flows together; null for no limit. At most 8 × 10^12.</summary>
    public long? FromMachineBitsPerSecond { get; init; }

    /// <summary>Bits a second that the machine may be sent; null for no limit.</summary>
    public long? ToMachineBitsPerSecond { get; init; }

    /// <summary>Bits a second of each flow in each direction; null for no limit.</summary>
    public long? FlowBitsPerSecond { get; init; }

    /// <summary>New flows a second, of either side; null for no limit.</summary>
    public long? FlowsPerSecond { get; init; }

    /// <summary>How long a rate may be exceeded by what it left unused: burst is rate times this. 1 millisecond to 10 seconds.</summary>
    public TimeSpan Burst { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Bytes that a burst has room for at least, so that a full frame passes at any rate.</summary>
    public const long LeastBurstBytes = 9216;

    internal void Validate()
    {
        Check(FromMachineBitsPerSecond, nameof(FromMachineBitsPerSecond));
        Check(ToMachineBitsPerSecond, nameof(ToMachineBitsPerSecond));
        Check(FlowBitsPerSecond, nameof(FlowBitsPerSecond));
        if (FlowsPerSecond is < 1 or > 1_000_000_000)
        {
            throw new ArgumentOutOfRangeException(nameof(FlowsPerSecond), FlowsPerSecond, "The allowed range is 1 to 1,000,000,000.");
        }

        if (Burst < TimeSpan.FromMilliseconds(1) || Burst > TimeSpan.FromSeconds(10))
        {
            throw new ArgumentOutOfRangeException(nameof(Burst), Burst, "The allowed range is 1 millisecond to 10 seconds.");
        }
    }

    internal TokenBucket BytesOf(long bitsPerSecond, Packets.Timestamp now)
    {
        long bytes = bitsPerSecond / 8;
        return new TokenBucket(bytes, Math.Clamp((long)(bytes * Burst.TotalSeconds), LeastBurstBytes, TokenBucket.MaxBurst), now);
    }

    private static void Check(long? bits, string name)
    {
        if (bits is < 8000 or > 8 * TokenBucket.MaxRate)
        {
            throw new ArgumentOutOfRangeException(name, bits, $"The allowed range is 8,000 to {8 * TokenBucket.MaxRate:N0}.");
        }
    }
}
