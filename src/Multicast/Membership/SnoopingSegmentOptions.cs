using Weft.Packets;

namespace Weft.Multicast;

/// <summary>A segment whose memberships are tracked.</summary>
public sealed record SnoopingSegmentOptions
{
    /// <summary>Where data goes that nobody joined.</summary>
    public UnregisteredPolicy Unregistered { get; init; }

    /// <summary>Ports behind which a router is, whatever was heard from there.</summary>
    public IReadOnlyList<int> RouterPorts { get; init; } = [];

    /// <summary>
    /// Ports that get every report too, so that they learn what was joined here: remote tunnel endpoints that replicate only
    /// to those who joined. Empty by default.
    /// </summary>
    public IReadOnlyList<int> ReportPorts { get; init; } = [];

    /// <summary>Address from which this switch queries IPv4 hosts if it wins the election; 0.0.0.0, the default, means never.</summary>
    public IPv4Address QuerierIPv4 { get; init; }

    /// <summary>Link-local address from which this switch queries IPv6 hosts if it wins the election; ::, the default, means never.</summary>
    public IPv6Address QuerierIPv6 { get; init; }

    /// <summary>MAC address from which this switch queries; needed by a querier.</summary>
    public MacAddress QuerierMac { get; init; }

    internal void Validate(int segment, int ports)
    {
        foreach (int port in RouterPorts.Concat(ReportPorts))
        {
            SnoopingOptions.Check((uint)port < (uint)ports, $"{nameof(RouterPorts)} and {nameof(ReportPorts)} of segment {segment} name port {port}; ports are 0 to {ports - 1}.");
        }

        bool queries = QuerierIPv4 != default || QuerierIPv6 != default;
        SnoopingOptions.Check(!queries || QuerierMac.IsValidSource, $"{nameof(QuerierMac)} of segment {segment} must be an individual address, not {QuerierMac}.");
        SnoopingOptions.Check(!QuerierIPv4.IsMulticast, $"{nameof(QuerierIPv4)} of segment {segment} must not be a group.");
        SnoopingOptions.Check(
            QuerierIPv6 == default || QuerierIPv6.IsLinkLocal, $"{nameof(QuerierIPv6)} of segment {segment} must be link-local (RFC 3810 section 5.1.14).");
    }
}
