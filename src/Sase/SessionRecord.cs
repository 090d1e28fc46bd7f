using Weft.Packets;

namespace Weft.Sase;

/// <summary>The start or the end of a tenant's session, or a flow that was not allowed.</summary>
public readonly record struct SessionRecord
{
    /// <summary>What it says.</summary>
    public required SessionRecordKind Kind { get; init; }

    /// <summary>Why.</summary>
    public required SessionReason Reason { get; init; }

    /// <summary>The session; none if the flow was blocked.</summary>
    public SessionId Id { get; init; }

    /// <summary>When it happened.</summary>
    public required Timestamp At { get; init; }

    /// <summary>When the session began; <see cref="At"/> unless it is an end.</summary>
    public required Timestamp Began { get; init; }

    /// <summary>The flow by the tenant's own addresses. Its source is who opened it, its scope the tenant's VNI.</summary>
    public required FlowKey4 Flow { get; init; }

    /// <summary>The tenant's virtual network.</summary>
    public uint Vni => Flow.Scope;

    /// <summary>True if the Internet opened it.</summary>
    public bool FromUplink { get; init; }

    /// <summary>The public address that stands for the tenant's; 0.0.0.0 if none does.</summary>
    public IPv4Address PublicAddress { get; init; }

    /// <summary>The port there.</summary>
    public ushort PublicPort { get; init; }

    /// <summary>The rule that decided; null if none matched, or a service refused the flow.</summary>
    public string? Rule { get; init; }

    /// <summary>Packets of who opened it that passed. 0 but in an end.</summary>
    public long PacketsForward { get; init; }

    /// <summary>Octets of those packets, from the IP header on.</summary>
    public long BytesForward { get; init; }

    /// <summary>Packets to who opened it.</summary>
    public long PacketsBackward { get; init; }

    /// <summary>Octets of those.</summary>
    public long BytesBackward { get; init; }
}
