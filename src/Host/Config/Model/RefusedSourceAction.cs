namespace Weft.Host.Config;

/// <summary>What happens to frames whose source a port may not teach the filtering database, and to the port.</summary>
public enum RefusedSourceAction
{
    /// <summary>They are forwarded; only the database stays as it is.</summary>
    Forward,

    /// <summary>They are dropped.</summary>
    Drop,

    /// <summary>They are dropped, and an event says so.</summary>
    Restrict,

    /// <summary>They are dropped, an event says so, and the port is shut.</summary>
    Shutdown,
}
