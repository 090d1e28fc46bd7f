namespace Weft.Host.Observe;

/// <summary>What one tunnel endpoint did.</summary>
public sealed record TunnelSnapshot
{
    /// <summary>Name of the tunnel endpoint.</summary>
    public required string Vtep { get; init; }

    /// <summary>Name of its port on the underlay.</summary>
    public string Port { get; init; } = "";

    /// <summary>What happens to frames that are too long for the underlay: <c>drop</c>, <c>signal</c> or <c>fragment</c>.</summary>
    public required string Policy { get; init; }

    /// <summary>Smallest path MTU towards a peer in bytes.</summary>
    public required int PathMtuBytes { get; init; }

    /// <summary>The paths to its peers.</summary>
    public IReadOnlyList<PathSnapshot> Paths { get; init; } = [];

    /// <summary>Frames sent whole.</summary>
    public required long SentWhole { get; init; }

    /// <summary>Frames that were cut.</summary>
    public required long Fragmented { get; init; }

    /// <summary>Fragments sent.</summary>
    public required long FragmentsSent { get; init; }

    /// <summary>Frames delivered, whole or put together.</summary>
    public required long Delivered { get; init; }

    /// <summary>Fragments received.</summary>
    public required long FragmentsReceived { get; init; }

    /// <summary>Frames put together.</summary>
    public required long Reassembled { get; init; }

    /// <summary>Frames given up because fragments were missing.</summary>
    public required long Expired { get; init; }

    /// <summary>Fragments that wait for the rest of their frame.</summary>
    public required long FragmentsWaiting { get; init; }
}
