namespace Weft.Host.Config;

/// <summary>For whom a router answers ARP and neighbour solicitations beside itself.</summary>
public enum ProxyMode
{
    /// <summary>For nobody.</summary>
    Off,

    /// <summary>For addresses that it has a route to by another interface (RFC 1027).</summary>
    Routed,

    /// <summary>For these, and for all other addresses of the interface's own networks, so that machines there reach each other through the router alone.</summary>
    Local,
}
