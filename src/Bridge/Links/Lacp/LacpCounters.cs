namespace Weft.Bridge;

/// <summary>What a <see cref="LinkAggregator"/> counted at one port (IEEE 802.1AX clause 7.3.3).</summary>
public record struct LacpCounters
{
    /// <summary>Messages of LACP sent.</summary>
    public long Sent { get; set; }

    /// <summary>Messages of LACP received.</summary>
    public long Received { get; set; }

    /// <summary>Markers received.</summary>
    public long Markers { get; set; }

    /// <summary>Responses to markers sent.</summary>
    public long MarkerResponses { get; set; }

    /// <summary>Damaged messages.</summary>
    public long Malformed { get; set; }

    /// <summary>Times that the port began to send frames.</summary>
    public long Joined { get; set; }

    /// <summary>Times that it ceased to.</summary>
    public long Left { get; set; }
}
