using Weft.Encap;

namespace Weft.Host.Config;

/// <summary>How packets to and from one peer are protected: those of a tunnel endpoint, or those of a machine.</summary>
public sealed record SecurityPlan
{
    /// <summary>Address of the remote endpoint, or machine.</summary>
    public required TunnelAddress Peer { get; init; }

    /// <summary>What is sealed: what is behind the IP header, as for tunnel endpoints always, or the whole packet.</summary>
    public EspMode Mode { get; init; } = EspMode.Transport;

    /// <summary>Whether ESP goes in UDP.</summary>
    public bool UdpEncapsulation { get; init; } = true;

    /// <summary>Whether sequence numbers have 64 bits.</summary>
    public bool ExtendedSequence { get; init; } = true;

    /// <summary>Packets that may be out of order.</summary>
    public int ReplayWindow { get; init; } = 1024;

    /// <summary>Payload bytes after which an association ends, or null.</summary>
    public long? LifetimeBytes { get; init; }

    /// <summary>The peer's receive queues, if they are known.</summary>
    public RssReceiver? Receiver { get; init; }

    /// <summary>Associations that seal, at least one; the first is the fallback.</summary>
    public required IReadOnlyList<AssociationPlan> Outbound { get; init; }

    /// <summary>Associations that open.</summary>
    public required IReadOnlyList<AssociationPlan> Inbound { get; init; }
}
