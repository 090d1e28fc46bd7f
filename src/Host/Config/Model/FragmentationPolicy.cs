namespace Weft.Host.Config;

/// <summary>What a tunnel endpoint does with a frame that, once it has tunnel headers, is longer than the underlay carries.</summary>
public enum FragmentationPolicy
{
    /// <summary>Drops it. The default.</summary>
    Drop,

    /// <summary>Drops it and tells its sender which length fits (RFC 1191, RFC 8201).</summary>
    Signal,

    /// <summary>Cuts it into packets with complete outer headers; cut frames that come in are put together.</summary>
    Fragment,
}
