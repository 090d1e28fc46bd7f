using Weft.Packets;

namespace Weft.Multicast;

/// <summary>What a <see cref="MulticastSnooper"/> is made of. The defaults of the timers are those of RFC 3376 section 8.</summary>
public sealed record SnoopingOptions
{
    /// <summary>The ports, numbered from 0 in this order; 1 to 4,096. Remote tunnel endpoints count as ports.</summary>
    public required IReadOnlyList<SnoopingPortOptions> Ports { get; init; }

    /// <summary>The segments, numbered from 0 in this order; 1 to 4,096, and at most 1,048,576 pairs of segment and port.</summary>
    public required IReadOnlyList<SnoopingSegmentOptions> Segments { get; init; }

    /// <summary>Secret that keys the group table.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>The time when the engine starts.</summary>
    public Timestamp Start { get; init; }

    /// <summary>How many messages in a row may be lost, 2 to 7.</summary>
    public int Robustness { get; init; } = 2;

    /// <summary>Time between general queries, 10 to 127 seconds in whole seconds.</summary>
    public TimeSpan QueryInterval { get; init; } = TimeSpan.FromSeconds(125);

    /// <summary>Time that hosts may take to answer a general query, 1 to 12.7 seconds and less than <see cref="QueryInterval"/>.</summary>
    public TimeSpan QueryResponseInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between queries after a leave, 0.1 to 12.7 seconds.</summary>
    public TimeSpan LastMemberQueryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What a message must fulfil to be believed; everything, by default.</summary>
    public Strictness Strictness { get; init; }

    /// <summary>RFC 3376 section 8.4.</summary>
    internal TimeSpan GroupMembershipInterval => (Robustness * QueryInterval) + QueryResponseInterval;

    /// <summary>RFC 3376 section 8.5.</summary>
    internal TimeSpan OtherQuerierPresentInterval => (Robustness * QueryInterval) + (QueryResponseInterval / 2);

    /// <summary>RFC 3376 section 8.8 and 8.9: as many queries as the robustness variable says.</summary>
    internal TimeSpan LastMemberQueryTime => Robustness * LastMemberQueryInterval;

    internal static void Check(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }

    internal void Validate()
    {
        Check(Ports.Count is >= 1 and <= 4096, $"{nameof(Ports)} must have 1 to 4,096 entries, not {Ports.Count}.");
        Check(Segments.Count is >= 1 and <= 4096, $"{nameof(Segments)} must have 1 to 4,096 entries, not {Segments.Count}.");
        Check((long)Ports.Count * Segments.Count <= 1 << 20, $"{nameof(Ports)} times {nameof(Segments)} must not exceed 1,048,576.");
        Check(Robustness is >= 2 and <= 7, $"{nameof(Robustness)} must be 2 to 7, not {Robustness}.");
        Check(
            QueryInterval >= TimeSpan.FromSeconds(10) && QueryInterval <= TimeSpan.FromSeconds(127) && QueryInterval.Ticks % TimeSpan.TicksPerSecond == 0,
            $"{nameof(QueryInterval)} must be 10 to 127 whole seconds, not {QueryInterval}.");
        Check(
            QueryResponseInterval >= TimeSpan.FromSeconds(1) && QueryResponseInterval <= TimeSpan.FromSeconds(12.7) && QueryResponseInterval < QueryInterval,
            $"{nameof(QueryResponseInterval)} must be 1 to 12.7 seconds and less than {nameof(QueryInterval)}, not {QueryResponseInterval}.");
        Check(
            LastMemberQueryInterval >= TimeSpan.FromSeconds(0.1) && LastMemberQueryInterval <= TimeSpan.FromSeconds(12.7),
            $"{nameof(LastMemberQueryInterval)} must be 0.1 to 12.7 seconds, not {LastMemberQueryInterval}.");
        for (int port = 0; port < Ports.Count; port++)
        {
            Ports[port].Validate(port);
        }

        for (int segment = 0; segment < Segments.Count; segment++)
        {
            Segments[segment].Validate(segment, Ports.Count);
        }
    }
}
