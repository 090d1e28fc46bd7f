using Weft.Flows;

namespace Weft.Bridge;

/// <summary>One rule of a <see cref="QosPolicy"/>.</summary>
public sealed record QosRule
{
    /// <summary>Its name, unique in its policy.</summary>
    public required string Name { get; init; }

    /// <summary>What packets match: one of these; at least one.</summary>
    public required IReadOnlyList<PacketRule> Matches { get; init; }

    /// <summary>Code point that IP packets get, 0 to 63; null to leave it.</summary>
    public byte? Dscp { get; init; }

    /// <summary>Priority that frames get (IEEE 802.1Q), 0 to 7; null to leave it.</summary>
    public byte? Priority { get; init; }

    /// <summary>How fast they may come; null for no limit.</summary>
    public QosMeterOptions? Meter { get; init; }
}
