using Weft.Analytics;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Analytics.Quotients;

/// <summary>Which address is which machine.</summary>
internal sealed class SegmentationInventory
{
    private readonly Dictionary<IPv6Address, int> _byAddress = [];

    public SegmentationInventory(QuotientPlan plan)
    {
        Machines = [.. plan.Applications.SelectMany((application, index) => application.Machines.Select(machine => (index, machine)))];
        for (int i = 0; i < Machines.Count; i++)
        {
            foreach (TunnelAddress address in Machines[i].Machine.Addresses)
            {
                _byAddress[Mapped(address)] = i;
            }
        }
    }

    /// <summary>Machines with the place of their application.</summary>
    public IReadOnlyList<(int Application, QuotientMachinePlan Machine)> Machines { get; }

    /// <summary>What a report says about the inventory; null if it is not about a machine of it. ICMP and the like have no port to judge.</summary>
    public ObservedFlow? Read(in FlowReport report)
    {
        bool isOfPorts = report.Key.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp;
        if (!isOfPorts || !_byAddress.TryGetValue(report.Key.Destination, out int destination))
        {
            return null;
        }

        int source = _byAddress.GetValueOrDefault(report.Key.Source, -1);
        return source == destination ? null : new ObservedFlow(source, report.Key.Source, destination, report.Key.Destination, report.Key.Protocol, report.Key.DestinationPort);
    }

    /// <summary>IPv4 addresses as firewalls see them: mapped.</summary>
    public static IPv6Address Mapped(TunnelAddress address) => address.IsIPv6 ? address.V6 : IPv6Address.MapIPv4(address.V4);
}
