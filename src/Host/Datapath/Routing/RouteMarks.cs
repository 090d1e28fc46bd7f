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
}
