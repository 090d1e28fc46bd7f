using Weft.Packets;

namespace Weft.Ids;

/// <summary>Compares protocol, addresses, ports, flow and header fields of a packet with a rule.</summary>
internal static class HeaderFilter
{
    public static bool Matches(CompiledRule compiled, in PacketFacts packet, in FlowState flow, bool toServer)
    {
        Rule rule = compiled.Rule;
        if (!ProtocolMatches(rule, in packet) || !FlowMatches(rule.Flow, flow.Stage, toServer) || !EndsMatch(rule, in packet))
        {
            return false;
        }

        foreach (HeaderCheck check in compiled.Headers)
        {
            long value = packet.FieldOf(check.Field);
            if (value < 0 || !check.Matches(value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool ProtocolMatches(Rule rule, in PacketFacts packet) => rule.Protocol switch
    {
        RuleProtocol.Tcp => packet.IsTcp,
        RuleProtocol.Udp => packet.Protocol == IpProtocol.Udp,
        RuleProtocol.Icmp => packet.IsIcmp,
        _ => true,
    };

    private static bool FlowMatches(FlowCondition asked, FlowStage stage, bool toServer) =>
        (asked & (toServer ? FlowCondition.ToClient : FlowCondition.ToServer)) == 0
        && ((asked & FlowCondition.Established) == 0 || stage == FlowStage.Established)
        && ((asked & FlowCondition.NotEstablished) == 0 || stage != FlowStage.Established);

    private static bool EndsMatch(Rule rule, in PacketFacts packet) =>
        OneWay(rule, packet.Source, packet.SourcePort, packet.Destination, packet.DestinationPort)
        || (rule.IsBidirectional && OneWay(rule, packet.Destination, packet.DestinationPort, packet.Source, packet.SourcePort));

    private static bool OneWay(Rule rule, IPv6Address source, ushort sourcePort, IPv6Address destination, ushort destinationPort) =>
        rule.SourcePorts.Contains(sourcePort) && rule.DestinationPorts.Contains(destinationPort)
        && rule.Source.Contains(source) && rule.Destination.Contains(destination);
}
