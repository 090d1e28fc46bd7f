namespace Weft.Host.Datapath.Routing;

/// <summary>What a router's other stages did to a packet, or are to do.</summary>
[Flags]
internal enum RouteMarks : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its addresses are those that it leaves with.</summary>
    Translated = 1,

    /// <summary>It is for a shared address.</summary>
    Inbound = 2,

    /// <summary>Load balancing has seen it.</summary>
    Balanced = 4,

    /// <summary>A server sent it.</summary>
    FromServer = 8,

    /// <summary>A tenant's site sent it, to services in a point of presence.</summary>
    FromSite = 16,

    /// <summary>It is for a public address of a tenant.</summary>
    FromInternet = 32,

    /// <summary>It goes without services.</summary>
    Bypassed = 64,
}
