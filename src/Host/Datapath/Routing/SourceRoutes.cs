using Weft.Packets;

namespace Weft.Host.Datapath.Routing;

/// <summary>Packets that name the routers they go through, which go round filters and are not forwarded (RFC 7126 section 4.3, RFC 5095).</summary>
internal static class SourceRoutes
{
    private const byte LooseSourceRoute = 131;
    private const byte StrictSourceRoute = 137;
    private const int RoutingTypeOffset = 2;

    /// <summary>True if there is a source route option, or options that cannot be read.</summary>
    public static bool Any(in IPv4View view)
    {
        IPv4OptionEnumerator options = view.Options;
        while (options.MoveNext())
        {
            if (options.Current.Type is LooseSourceRoute or StrictSourceRoute)
            {
                return true;
            }
        }

        return options.IsMalformed;
    }

    /// <summary>True if the header that follows the IPv6 header is a routing header of type 0.</summary>
    public static bool Any(in IPv6View view) =>
        view.NextHeader == IpProtocol.Routing && view.Payload is { Length: > RoutingTypeOffset } header && header[RoutingTypeOffset] == 0;
}
