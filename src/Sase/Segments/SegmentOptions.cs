using Weft.Packets;

namespace Weft.Sase;

/// <summary>A tenant's segment: its virtual network, who may speak for it, and its router.</summary>
public sealed record SegmentOptions
{
    /// <summary>Virtual network identifier, 1 to 0xFFFFFE, which no other segment has.</summary>
    public required uint Vni { get; init; }

    /// <summary>The placement bundle that it moves with, 0 to <see cref="PopOptions.Bundles"/> - 1.</summary>
    public required int Bundle { get; init; }

    /// <summary>Gateways that may speak for the tenant; all if empty.</summary>
    public IReadOnlyList<int> Gateways { get; init; } = [];

    /// <summary>Address of the tenant's router: it answers ARP for it and sends ICMP errors from it. 0.0.0.0 for neither.</summary>
    public IPv4Address RouterAddress { get; init; }

    /// <summary>Routes, each prefix once.</summary>
    public IReadOnlyList<SegmentRoute> Routes { get; init; } = [];

    /// <summary>Which flows may be. None by default.</summary>
    public SegmentPolicy Policy { get; init; } = new([]);

    /// <summary>Addresses that the tenant's flows leave from; segments of other bundles must not have them. A sender keeps to one (RFC 4787 REQ-2).</summary>
    public IReadOnlyList<IPv4Address> PublicAddresses { get; init; } = [];

    /// <summary>Lowest port of those addresses. Default 1024.</summary>
    public ushort FirstPort { get; init; } = 1024;

    /// <summary>Highest port. Default 65535.</summary>
    public ushort LastPort { get; init; } = ushort.MaxValue;

    /// <summary>Servers that the Internet may reach, if <see cref="Policy"/> allows it.</summary>
    public IReadOnlyList<PublishedService> Published { get; init; } = [];

    /// <summary>Most flows of the tenant, 1 or more: what a flood of its own ends at. Default 65,536.</summary>
    public int FlowQuota { get; init; } = 65_536;
}
