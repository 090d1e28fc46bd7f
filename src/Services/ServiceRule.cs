using Weft.Packets;

namespace Weft.Services;

/// <summary>One rule of a <see cref="RuleClassifier"/>: flows that match, and the services they visit.</summary>
public sealed record ServiceRule
{
    /// <summary>The services, forward and reverse.</summary>
    public required ServiceSelection Selection { get; init; }

    /// <summary>Who opens the flow; null for both.</summary>
    public ServiceDirection? OpenedFrom { get; init; }

    /// <summary>Transport protocol; null for all.</summary>
    public IpProtocol? Protocol { get; init; }

    /// <summary>The machine's peer's addresses, mapped ones for IPv4 (96 bits longer); null for all.</summary>
    public IPv6Prefix? Remote { get; init; }

    /// <summary>Lowest destination port, 0 to 65535.</summary>
    public ushort FirstPort { get; init; }

    /// <summary>Highest destination port.</summary>
    public ushort LastPort { get; init; } = ushort.MaxValue;

    /// <summary>True if a flow matches.</summary>
    public bool Matches(in ServiceFlow flow) =>
        (OpenedFrom is null || OpenedFrom == flow.OpenedFrom)
        && (Protocol is null || Protocol == flow.Protocol)
        && flow.DestinationPort >= FirstPort && flow.DestinationPort <= LastPort
        && (Remote is null || Remote.Value.Contains(flow.OpenedFrom == ServiceDirection.FromMachine ? flow.Destination : flow.Source));
}
