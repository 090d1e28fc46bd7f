using Weft.Packets;

namespace Weft.Host.Observe;

/// <summary>A link of a bond, as its two ends see it.</summary>
public sealed record BondLinkSnapshot
{
    /// <summary>Name of the port.</summary>
    public required string Port { get; init; }

    /// <summary>Whether the link is up.</summary>
    public bool IsUp { get; init; }

    /// <summary>Whether it is chosen; one that is not stands by.</summary>
    public bool IsSelected { get; init; }

    /// <summary>Receive machine: port-disabled, expired, defaulted or current.</summary>
    public required string Receiver { get; init; }

    /// <summary>Mux machine: detached, waiting, attached, collecting or distributing.</summary>
    public required string Mux { get; init; }

    /// <summary>What this end says of itself.</summary>
    public IReadOnlyList<string> State { get; init; } = [];

    /// <summary>The partner's system; null if none is known.</summary>
    public MacAddress? Partner { get; init; }

    /// <summary>The partner's key.</summary>
    public int PartnerKey { get; init; }

    /// <summary>The partner's number of the port.</summary>
    public int PartnerPort { get; init; }

    /// <summary>What the partner says of itself.</summary>
    public IReadOnlyList<string> PartnerState { get; init; } = [];

    /// <summary>Messages sent.</summary>
    public long Sent { get; init; }

    /// <summary>Messages received.</summary>
    public long Received { get; init; }

    /// <summary>Damaged messages.</summary>
    public long Malformed { get; init; }

    /// <summary>Markers received.</summary>
    public long Markers { get; init; }

    /// <summary>Times that it began to carry frames.</summary>
    public long Joined { get; init; }

    /// <summary>Times that it ceased to.</summary>
    public long Left { get; init; }
}
