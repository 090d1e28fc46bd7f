using Weft.Host.Config.Document;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>Turns the multicast groups of a document without errors into plans.</summary>
internal static class MulticastPlanBuilder
{
    public static MulticastPlan Build(SwitchDocument document)
    {
        MulticastSection section = document.Multicast;
        return new MulticastPlan
        {
            Robustness = section.Robustness.Value,
            QueryInterval = TimeSpan.FromSeconds(section.QueryIntervalSeconds.Value),
            QueryResponse = TimeSpan.FromMilliseconds(section.QueryResponseMilliseconds.Value),
            LastMemberQuery = TimeSpan.FromMilliseconds(section.LastMemberQueryMilliseconds.Value),
            Strictness = section.Strictness.Value,
            Flows = section.Flows.Value,
            ActionBlocks = section.ActionBlocks.Value,
            FlowIdle = TimeSpan.FromSeconds(section.FlowIdleSeconds.Value),
            Routes = section.Routes.Select(route => Build(route, document)).ToArray(),
        };
    }

    public static PortMulticastPlan Build(PortMulticastSection section) => new()
    {
        FastLeave = section.FastLeave.Value,
        MaxGroups = section.MaxGroups.Value,
        MaxSources = section.MaxSources.Value,
        MaxMessagesPerSecond = section.MaxMessagesPerSecond.Value,
        AcceptQueries = section.AcceptQueries.Value,
    };

    public static SegmentMulticastPlan Build(SegmentMulticastSection section, SwitchDocument document) => new()
    {
        Snooping = section.Snooping.Value,
        Unregistered = section.Unregistered.Value,
        QuerierIPv4 = section.Querier.IPv4.IsKnown ? section.Querier.IPv4.Value.V4 : default,
        QuerierIPv6 = section.Querier.IPv6.IsKnown ? section.Querier.IPv6.Value.V6 : default,
        QuerierMac = QuerierMac(section.Querier),
        IgmpVersion = section.Querier.IgmpVersion.Value,
        MldVersion = section.Querier.MldVersion.Value,
        ProxyReporting = section.ProxyReporting.Value,
        RouterPorts = section.RouterPorts.Select(name => PortOf(name.Value, document)).ToArray(),
        RouterPeers = section.RouterPeers.Select(peer => peer.Value).ToArray(),
        OnlyJoinedPeers = section.OnlyJoinedPeers.Value,
        RouterMac = section.RouterMac.IsKnown ? section.RouterMac.Value : default,
        Static = section.Static.Select(entry => new StaticGroupPlan(
            entry.Group.Value,
            entry.Source.IsKnown ? entry.Source.Value : null,
            entry.Port.IsKnown ? PortOf(entry.Port.Value, document) : -1,
            entry.Peer.IsKnown ? entry.Peer.Value : null)).ToArray(),
    };

    /// <summary>As written, or 02:57 and four octets of an address; zero if the segment has no address either.</summary>
    public static MacAddress QuerierMac(QuerierSection querier)
    {
        if (querier.Mac.IsKnown)
        {
            return querier.Mac.Value;
        }

        uint last = querier.IPv4.IsKnown ? querier.IPv4.Value.V4.Value : querier.IPv6.IsKnown ? (uint)querier.IPv6.Value.V6.Low : 0;
        return last == 0 ? default : new MacAddress(0x0257_0000_0000UL | last);
    }

    /// <summary>How Weft.Multicast writes an address of either family.</summary>
    public static IPv6Address Mapped(TunnelAddress address) => address.IsIPv6 ? address.V6 : MulticastAddress.Map(address.V4);

    /// <summary>The opposite of <see cref="Mapped"/>.</summary>
    public static TunnelAddress Unmapped(IPv6Address address) =>
        MulticastAddress.IsIPv4(address) ? new TunnelAddress(MulticastAddress.ToIPv4(address)) : new TunnelAddress(address);

    /// <summary>True for a group of more than link scope.</summary>
    public static bool IsTrackable(TunnelAddress address)
    {
        IPv6Address mapped = Mapped(address);
        return MulticastAddress.IsGroup(mapped) && !MulticastAddress.IsLinkScope(mapped);
    }

    private static MulticastRoutePlan Build(MulticastRouteSection route, SwitchDocument document) => new()
    {
        Group = route.Group.Value,
        Source = route.Source.IsKnown ? route.Source.Value : null,
        From = SegmentOf(route.From.Value, document),
        To = route.To.Select(name => SegmentOf(name.Value, document)).ToArray(),
        TtlThreshold = (byte)route.TtlThreshold.Value,
    };

    private static int PortOf(string name, SwitchDocument document) => document.Ports.FindIndex(port => port.Name.Value == name);

    private static int SegmentOf(string name, SwitchDocument document) => document.Segments.FindIndex(segment => segment.Name.Value == name);
}
