using Weft.Packets;

namespace Weft.Ids;

/// <summary>Compares protocol, addresses, ports, conversation and header fields with a rule.</summary>
internal static class HeaderFilter
{
    public static bool Matches(CompiledRule compiled, ref Inspection inspection)
    {
        Rule rule = compiled.Rule;
        if (!TransportMatches(rule.Protocol, ref inspection.Packet) || !FlowMatches(rule.Flow, ref inspection) || !EndsMatch(rule, ref inspection.Packet))
        {
            return false;
        }

        if (compiled.App != AppProtocol.Unknown && compiled.App != inspection.Flow.App)
        {
            return false;
        }

        foreach (AppCheck check in compiled.AppChecks)
        {
            if (!AppMatches(check, in inspection.Flow))
            {
                return false;
            }
        }

        foreach (HeaderCheck check in compiled.Headers)
        {
            long value = inspection.Packet.FieldOf(check.Field);
            if (value < 0 || !check.Matches(value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TransportMatches(RuleProtocol asked, ref PacketFacts packet)
    {
        if (asked.Version != 0 && asked.Version != packet.Version)
        {
            return false;
        }

        return asked.Transport switch
        {
            RuleTransport.Tcp => packet.IsTcp,
            RuleTransport.Udp => packet.IsUdp,
            RuleTransport.Icmp => packet.IsIcmp,
            RuleTransport.IcmpV4 => packet.IsIcmpV4,
            RuleTransport.IcmpV6 => packet.IsIcmpV6,
            RuleTransport.Sctp => packet.Protocol == IpProtocol.Sctp,
            _ => asked.Scope == RuleScope.Header || packet.Version != 0,
        };
    }

    private static bool FlowMatches(FlowCondition asked, ref Inspection inspection)
    {
        if (asked == FlowCondition.None)
        {
            return true;
        }

        // A connection is established for packets after the one that establishes it, but for all of its streams.
        bool isPacket = inspection.Packet.IsTcp && !inspection.IsStream && !inspection.HasMessage;
        bool isEstablished = isPacket ? inspection.Flow.WasEstablished : inspection.Flow.Stage is FlowStage.Established || (inspection.Flow.Stage == FlowStage.Closed && inspection.Flow.Server.HasFirst);
        return (asked & (inspection.ToServer ? FlowCondition.ToClient : FlowCondition.ToServer)) == 0
            && ((asked & FlowCondition.Established) == 0 || isEstablished)
            && ((asked & FlowCondition.NotEstablished) == 0 || !isEstablished)
            && ((asked & FlowCondition.OnlyStream) == 0 || inspection.IsStream || inspection.HasMessage)
            && ((asked & FlowCondition.OnlyFragment) == 0 || inspection.Packet.IsReassembled)
            && ((asked & FlowCondition.NoFragment) == 0 || !inspection.Packet.IsReassembled);
    }

    private static bool AppMatches(AppCheck check, in FlowState flow)
    {
        AppProtocol app = check.Direction switch { 1 => flow.ClientApp, 2 => flow.ServerApp, _ => flow.App };

        // What cannot be told yet is no reason to say that it is something else.
        if (app == AppProtocol.Unknown && !flow.AppDecided)
        {
            return false;
        }

        bool isOne = app == AppProtocol.Unknown ? check.WantsFailed : Array.IndexOf(check.Apps, app) >= 0
            || (check.Direction == 3 && (Array.IndexOf(check.Apps, flow.ClientApp) >= 0 || Array.IndexOf(check.Apps, flow.ServerApp) >= 0));
        return isOne != check.IsNegated;
    }

    private static bool EndsMatch(Rule rule, ref PacketFacts packet) =>
        OneWay(rule, packet.Source, packet.SourcePort, packet.Destination, packet.DestinationPort)
        || (rule.IsBidirectional && OneWay(rule, packet.Destination, packet.DestinationPort, packet.Source, packet.SourcePort));

    private static bool OneWay(Rule rule, IPv6Address source, ushort sourcePort, IPv6Address destination, ushort destinationPort) =>
        rule.SourcePorts.Contains(sourcePort) && rule.DestinationPorts.Contains(destinationPort)
        && rule.Source.Contains(source) && rule.Destination.Contains(destination);
}
