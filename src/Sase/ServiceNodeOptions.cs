using Weft.Packets;

namespace Weft.Sase;

/// <summary>What a managed service node is made of.</summary>
public sealed record ServiceNodeOptions
{
    /// <summary>What it shares with the others.</summary>
    public required PopOptions Pop { get; init; }

    /// <summary>Its number in <see cref="PopOptions.Nodes"/>.</summary>
    public required int Node { get; init; }

    /// <summary>Greater than in any earlier run of this node, so that others see that it forgot everything; the time in seconds will do.</summary>
    public required uint Incarnation { get; init; }

    /// <summary>Segments at most, 1 to 65,535. Default 4,096.</summary>
    public int Segments { get; init; } = 4096;

    /// <summary>Flows at most, 16 to 2^24. Default 65,536.</summary>
    public int Flows { get; init; } = 65_536;

    /// <summary>Public endpoints in use at most, 16 to 2^24; a host's flows from one port share one. Null for as many as flows.</summary>
    public int? Bindings { get; init; }

    /// <summary>How long <see cref="ManagedServiceNode.Advance"/> may not be called before the node stops until a gateway confirms that it is still the owner, 5 ms to 10 s. Default 25 ms.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How long it listens for owners when it starts, before it may own anything itself: more than two announcements take, 10 ms to 60 s. Default 300 ms.</summary>
    public TimeSpan ListenTime { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>ICMP errors a second at most, 1 to 1,000,000: half for whoever needs them, half in equal shares for each segment. Default 1,000.</summary>
    public int ErrorsPerSecond { get; init; } = 1000;

    /// <summary>Looks at every packet of every flow between policy and translation; null for none.</summary>
    public IServiceChain? Chain { get; init; }

    /// <summary>Decides who owns a bundle; null if members of the point of presence do so among themselves.</summary>
    public IOwnershipStore? Store { get; init; }

    /// <summary>How packets of new flows wait until the backup knows the flow; null if they do not.</summary>
    public CommitOptions? Commit { get; init; } = new();

    /// <summary>Has starts and ends of tenants' sessions noted, for <see cref="ManagedServiceNode.TryTakeSession"/>; null if nobody wants to know.</summary>
    public SessionLogOptions? Sessions { get; init; }

    /// <summary>The time when it starts.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        Pop.Validate();
        PopOptions.Check(Node, 0, Pop.Nodes.Count - 1, nameof(Node));
        PopOptions.Check(Segments, 1, ushort.MaxValue, nameof(Segments));
        PopOptions.Check(Flows, 16, 1 << 24, nameof(Flows));
        PopOptions.Check(Bindings ?? Flows, 16, 1 << 24, nameof(Bindings));
        PopOptions.Check((long)StallLimit.TotalMilliseconds, 5, 10_000, nameof(StallLimit));
        PopOptions.Check((long)ListenTime.TotalMilliseconds, 10, 60_000, nameof(ListenTime));
        Commit?.Validate();
        Sessions?.Validate();
        PopOptions.Check(ErrorsPerSecond, 1, 1_000_000, nameof(ErrorsPerSecond));
    }
}
