namespace Weft.Host.Config;

/// <summary>What a route does with packets.</summary>
public enum RouteAction
{
    /// <summary>Hands them to the next hop.</summary>
    Forward,

    /// <summary>Drops them and tells nobody.</summary>
    Blackhole,

    /// <summary>Drops them and tells the sender that the destination cannot be reached.</summary>
    Unreachable,

    /// <summary>Drops them and tells the sender that it is not allowed to (RFC 1812 section 5.2.7.1, code 13).</summary>
    Prohibit,
}
