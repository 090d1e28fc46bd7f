namespace Weft.Sase;

/// <summary>What a gateway did.</summary>
public struct CloudGatewayCounters
{
    /// <summary>Packets into tunnels.</summary>
    public long ToNode;

    /// <summary>Packets back to tenants.</summary>
    public long ToTenant;

    /// <summary>Packets that went without services.</summary>
    public long Bypassed;

    /// <summary>Times that a bundle got another owner.</summary>
    public long Moves;

    /// <summary>Messages of other members that were refused.</summary>
    public long MessagesRefused;

    /// <summary>Packets dropped, by reason.</summary>
    public DropCounts Drops;
}
