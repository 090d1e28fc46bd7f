using Weft.Packets;

namespace Weft.Services;

/// <summary>One rule of a firewall: flows that match, and what becomes of them.</summary>
public sealed record FirewallRule
{
    /// <summary>Its name, for logs and explanations.</summary>
    public required string Name { get; init; }

    /// <summary>What becomes of flows that match.</summary>
    public required FirewallAction Action { get; init; }

    /// <summary>Who opens the flow; null for both sides.</summary>
    public ServiceDirection? OpenedFrom { get; init; }

    /// <summary>Transport protocol; null for all.</summary>
    public IpProtocol? Protocol { get; init; }

    /// <summary>Where the machine's peer is.</summary>
    public AddressSet Remote { get; init; } = AddressSet.Everything;

    /// <summary>Where the machine itself is: one of its addresses, where it has several.</summary>
    public AddressSet Local { get; init; } = AddressSet.Everything;

    /// <summary>Lowest destination port.</summary>
    public ushort FirstPort { get; init; }

    /// <summary>Highest destination port.</summary>
    public ushort LastPort { get; init; } = ushort.MaxValue;

    /// <summary>True if the rule decides of a flow.</summary>
    public bool Matches(in ServiceFlow flow)
    {
        (IPv6Address local, IPv6Address remote) = flow.OpenedFrom == ServiceDirection.FromMachine ? (flow.Source, flow.Destination) : (flow.Destination, flow.Source);
        return (OpenedFrom is null || OpenedFrom == flow.OpenedFrom)
            && (Protocol is null || Protocol == flow.Protocol)
            && flow.DestinationPort >= FirstPort && flow.DestinationPort <= LastPort
            && Remote.Contains(remote)
            && Local.Contains(local);
    }
}
