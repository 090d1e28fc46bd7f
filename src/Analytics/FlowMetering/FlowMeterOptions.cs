using Weft.Packets;

namespace Weft.Analytics;

/// <summary>How many conversations a <see cref="FlowMeter"/> follows, and when it reports them.</summary>
public sealed record FlowMeterOptions
{
    /// <summary>Conversations, 16 to 16,777,216. A full meter reports the packets of new ones one by one.</summary>
    public int Flows { get; init; } = 65_536;

    /// <summary>Reports that wait to be taken, 16 to 16,777,216. Further ones are lost and counted.</summary>
    public int Reports { get; init; } = 16_384;

    /// <summary>A conversation that goes on is reported this often; above 0, a minute by default.</summary>
    public TimeSpan ActiveTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A conversation is over when nothing came for this long; above 0, 15 seconds by default.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Secret of the table's hash.</summary>
    public required HashSeed Seed { get; init; }

    internal void Validate()
    {
        Require(Flows is >= 16 and <= 1 << 24, nameof(Flows), Flows, "16 to 16777216");
        Require(Reports is >= 16 and <= 1 << 24, nameof(Reports), Reports, "16 to 16777216");
        Require(ActiveTimeout > TimeSpan.Zero, nameof(ActiveTimeout), ActiveTimeout, "above 0");
        Require(IdleTimeout > TimeSpan.Zero, nameof(IdleTimeout), IdleTimeout, "above 0");
    }

    private static void Require(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {range}.");
        }
    }
}
