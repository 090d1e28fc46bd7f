using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>A pair of bridge nodes that this switch listens to as a host of the overlay.</summary>
public sealed record FlushListenerSnapshot
{
    /// <summary>Number of the pair.</summary>
    public required ulong Pair { get; init; }

    /// <summary>Tunnel endpoint at which requests arrive.</summary>
    public required string Vtep { get; init; }

    /// <summary>Endpoints of the two nodes.</summary>
    public IReadOnlyList<TunnelAddress> Nodes { get; init; } = [];

    /// <summary>Requests obeyed.</summary>
    public required long Obeyed { get; init; }

    /// <summary>Requests that were malformed, forged, replayed or not for a node of the pair to make.</summary>
    public required long Refused { get; init; }

    /// <summary>Addresses forgotten or re-pointed.</summary>
    public required long Addresses { get; init; }
}
