namespace Weft.Host.Config;

/// <summary>Which addresses the machines behind a port may use, and whether a DHCP server may be there.</summary>
public sealed record PortGuardPlan
{
    /// <summary>Whether clients' DHCP messages are checked and remembered, and servers and routers behind the port are refused.</summary>
    public bool Snoops { get; init; }

    /// <summary>Whether machines may use bound addresses alone.</summary>
    public bool ChecksSources { get; init; }

    /// <summary>Addresses that machines behind the port may use without DHCP.</summary>
    public IReadOnlyList<TunnelAddress> Addresses { get; init; } = [];

    /// <summary>DHCP messages a second, 1 to 10,000.</summary>
    public int DhcpPerSecond { get; init; } = 15;

    /// <summary>Whether anything is guarded.</summary>
    public bool IsOn => Snoops || ChecksSources;
}
