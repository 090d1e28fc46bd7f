namespace Weft.Host.Observe;

/// <summary>A service of a machine.</summary>
public sealed record ServiceSnapshot
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Kind.</summary>
    public required string Kind { get; init; }

    /// <summary>What becomes of packets while it is out of order: <c>closed</c>, <c>open</c> or <c>bypass-established</c>; null for what its kind asks for.</summary>
    public string? WhenFailed { get; init; }

    /// <summary>Whether it is left out after faults.</summary>
    public required bool IsQuarantined { get; init; }

    /// <summary>Packets that visited it.</summary>
    public required long Packets { get; init; }

    /// <summary>Packets that it dropped.</summary>
    public required long Dropped { get; init; }

    /// <summary>Packets that it kept.</summary>
    public required long Consumed { get; init; }

    /// <summary>Packets with which it failed.</summary>
    public required long Faults { get; init; }

    /// <summary>Packets that passed it by because it was out of order.</summary>
    public required long Bypassed { get; init; }

    /// <summary>Packets that were dropped because it was out of order.</summary>
    public required long Refused { get; init; }

    /// <summary>Nanoseconds a packet; 0 where nobody measures, because the machine has no budget of time.</summary>
    public required double NanosecondsPerPacket { get; init; }

    /// <summary>What it counts beside that, by name: flows judged, packets translated, packets beyond a rate.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();
}
