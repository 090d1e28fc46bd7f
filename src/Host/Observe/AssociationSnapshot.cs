using Weft.Host.Config;

namespace Weft.Host.Observe;

/// <summary>One direction of a security association. It never holds a key.</summary>
public sealed record AssociationSnapshot
{
    /// <summary>Name of the tunnel endpoint, or of the service of a machine.</summary>
    public required string Vtep { get; init; }

    /// <summary>The peer.</summary>
    public required TunnelAddress Peer { get; init; }

    /// <summary><c>in</c> or <c>out</c>.</summary>
    public required string Direction { get; init; }

    /// <summary>Security parameters index.</summary>
    public required uint Spi { get; init; }

    /// <summary>Cipher.</summary>
    public required string Algorithm { get; init; }

    /// <summary>Library that does the work.</summary>
    public required string Library { get; init; }

    /// <summary>Outbound with UDP: the source port.</summary>
    public int? SourcePort { get; init; }

    /// <summary>Outbound: the peer's receive queue that it is aimed at.</summary>
    public int? Queue { get; init; }

    /// <summary>The worker that it belongs to, which alone seals or opens with it.</summary>
    public required int Worker { get; init; }

    /// <summary>Packets sealed, or opened and delivered.</summary>
    public required long Packets { get; init; }

    /// <summary>Their payload bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Outbound the next sequence number, inbound the highest authentic one.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Packets with a sequence number that was seen or is too old.</summary>
    public required long Replayed { get; init; }

    /// <summary>Packets with a wrong tag.</summary>
    public required long Forged { get; init; }

    /// <summary>Packets refused for other reasons.</summary>
    public required long OtherRefusals { get; init; }

    /// <summary><c>active</c>, <c>rekey due</c> or <c>finished</c>.</summary>
    public required string State { get; init; }
}
