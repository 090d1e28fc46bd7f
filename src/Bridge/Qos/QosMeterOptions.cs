using Weft.Flows;

namespace Weft.Bridge;

/// <summary>How fast the packets of a rule may come, and what becomes of those that come faster. Bytes are those of IP packets, of frames where there is none.</summary>
public sealed record QosMeterOptions
{
    /// <summary>What the second rate is.</summary>
    public MeterKind Kind { get; init; } = MeterKind.PeakRate;

    /// <summary>Bytes a second that are green.</summary>
    public required long CommittedRate { get; init; }

    /// <summary>Bytes that are green at once: one longest packet at least, or it would never be.</summary>
    public required long CommittedBurst { get; init; }

    /// <summary>Bytes a second of the second rate.</summary>
    public required long SecondRate { get; init; }

    /// <summary>Bytes at once of the second rate.</summary>
    public required long SecondBurst { get; init; }

    /// <summary>Whether the drop precedence of an assured forwarding code point (RFC 2597) is a colour that an earlier meter gave.</summary>
    public bool IsColorAware { get; init; }

    /// <summary>Code point of yellow packets; null to leave it.</summary>
    public byte? YellowDscp { get; init; }

    /// <summary>Code point of red packets; null to drop them.</summary>
    public byte? RedDscp { get; init; }
}
