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

    /// <summary>Version of IGMP that this switch asks in, 2 or 3, the default. A host of version 3 answers as the query asks.</summary>
    public int IgmpVersion { get; init; } = 3;

    /// <summary>Version of MLD that this switch asks in, 1 or 2, the default.</summary>
    public int MldVersion { get; init; } = 2;

    /// <summary>
    /// True to keep hosts' reports, and to report for all of them together: from <see cref="QuerierIPv4"/> or 0.0.0.0, from <see cref="QuerierIPv6"/> or an
    /// address made from <see cref="QuerierMac"/>, which is needed (RFC 4541 section 2.1.1).
    /// </summary>
    public bool ProxyReporting { get; init; }

    /// <summary>Memberships that need no reports. They do not count against the quotas of their ports.</summary>
    public IReadOnlyList<StaticMembership> Static { get; init; } = [];

    internal void Validate(int segment, int ports)
    {
        foreach (int port in RouterPorts.Concat(ReportPorts))
        {
            SnoopingOptions.Check((uint)port < (uint)ports, $"{nameof(RouterPorts)} and {nameof(ReportPorts)} of segment {segment} name port {port}; ports are 0 to {ports - 1}.");
        }

        foreach (StaticMembership member in Static)
        {
            SnoopingOptions.Check((uint)member.Port < (uint)ports, $"{nameof(Static)} of segment {segment} names port {member.Port}; ports are 0 to {ports - 1}.");
            SnoopingOptions.Check(
                MulticastAddress.IsTrackable(member.Group), $"{nameof(Static)} of segment {segment} names {MulticastAddress.Format(member.Group)}, which is no group of more than link scope.");
        }

        SnoopingOptions.Check(IgmpVersion is 2 or 3, $"{nameof(IgmpVersion)} of segment {segment} must be 2 or 3, not {IgmpVersion}.");
        SnoopingOptions.Check(MldVersion is 1 or 2, $"{nameof(MldVersion)} of segment {segment} must be 1 or 2, not {MldVersion}.");
        bool queries = QuerierIPv4 != default || QuerierIPv6 != default || ProxyReporting;
        SnoopingOptions.Check(!queries || QuerierMac.IsValidSource, $"{nameof(QuerierMac)} of segment {segment} must be an individual address, not {QuerierMac}.");
        SnoopingOptions.Check(!QuerierIPv4.IsMulticast, $"{nameof(QuerierIPv4)} of segment {segment} must not be a group.");
        SnoopingOptions.Check(
            QuerierIPv6 == default || QuerierIPv6.IsLinkLocal, $"{nameof(QuerierIPv6)} of segment {segment} must be link-local (RFC 3810 section 5.1.14).");
    }
}
