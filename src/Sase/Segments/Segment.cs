using Weft.Flows;
using Weft.Packets;

namespace Weft.Sase.Segments;

/// <summary>A tenant's segment as the data path reads it. Immutable.</summary>
internal sealed class Segment
{
    private readonly PrefixTable4 _table;
    private readonly SegmentRoute[] _routes;
    private readonly IPv4Address[] _public;
    private readonly ulong _gateways;

    public Segment(SegmentOptions options, PopOptions pop, int slot, int revision)
    {
        (Options, Slot, Revision, Generation) = (options, slot, revision, unchecked((byte)revision));
        PopOptions.Check(options.Vni, 1, VxlanHeader.MaxVni - 1, nameof(options.Vni));
        PopOptions.Check(options.Bundle, 0, pop.Bundles - 1, nameof(options.Bundle));
        PopOptions.Check(options.FlowQuota, 1, int.MaxValue, nameof(options.FlowQuota));
        PopOptions.Check(options.LastPort - options.FirstPort, pop.Nodes.Count - 1, ushort.MaxValue, nameof(options.LastPort));
        foreach (int gateway in options.Gateways)
        {
            PopOptions.Check(gateway, 0, pop.Gateways.Count - 1, nameof(options.Gateways));
            _gateways |= 1UL << gateway;
        }

        _gateways = options.Gateways.Count == 0 ? ulong.MaxValue : _gateways;
        foreach (SegmentRoute route in options.Routes.Where(route => route.Kind == SegmentRouteKind.Gateway))
        {
            PopOptions.Check(route.Gateway, 0, pop.Gateways.Count - 1, nameof(route.Gateway));
        }

        _routes = [.. options.Routes];
        _table = new PrefixTable4([.. _routes.Select((route, index) => KeyValuePair.Create(route.Prefix, index))]);
        _public = [.. options.PublicAddresses];
    }

    public SegmentOptions Options { get; }

    /// <summary>Place in tables beside the flows.</summary>
    public int Slot { get; }

    /// <summary>How often the virtual network has been changed, or removed and brought back, since no flow remembered it.</summary>
    public int Revision { get; }

    /// <summary>What flows remember of <see cref="Revision"/>: those of an older one are judged again, or end if it was removed meanwhile.</summary>
    public byte Generation { get; }

    public uint Vni => Options.Vni;

    public int Bundle => Options.Bundle;

    public SegmentPolicy Policy => Options.Policy;

    public ReadOnlySpan<IPv4Address> PublicAddresses => _public;

    public bool Allows(int gateway) => (_gateways >> gateway & 1) != 0;

    public SegmentRoute? RouteTo(IPv4Address destination)
    {
        int route = _table.Find(destination);
        return route < 0 ? null : _routes[route];
    }
}
