namespace Weft.Host.Datapath.Routing;

/// <summary>What a route leads to.</summary>
internal enum RouteKind : byte
{
    /// <summary>The network of an interface: the destination itself is the next hop.</summary>
    Connected,

    /// <summary>A next hop.</summary>
    Via,

    /// <summary>An address of the router itself.</summary>
    Local,

    /// <summary>The broadcast or network address of an interface's IPv4 network.</summary>
    Broadcast,

    /// <summary>Nowhere.</summary>
    Blackhole,

    /// <summary>Nowhere, and the sender learns it.</summary>
    Unreachable,

    /// <summary>Nowhere, since it is not allowed, and the sender learns it.</summary>
    Prohibit,
}
