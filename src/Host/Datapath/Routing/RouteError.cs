namespace Weft.Host.Datapath.Routing;

/// <summary>What a router tells the sender of a packet.</summary>
internal enum RouteError
{
    /// <summary>Its hops are used up.</summary>
    TimeExceeded,

    /// <summary>There is no route.</summary>
    NetworkUnreachable,

    /// <summary>The next hop does not answer, or the route says so.</summary>
    HostUnreachable,

    /// <summary>It is not allowed.</summary>
    Prohibited,

    /// <summary>The router itself does not know the protocol.</summary>
    ProtocolUnreachable,

    /// <summary>The router itself has nobody at the port.</summary>
    PortUnreachable,

    /// <summary>It is longer than the next link takes.</summary>
    TooBig,
}
