using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Segments: tunnel or local, who gets copies, what is entered by hand.</summary>
internal static class SegmentValidator
{
    public static void Validate(ValidationContext context)
    {
        foreach (SegmentSection segment in context.Document.Segments)
        {
            VtepSection? vtep = context.FindVtep(segment.Vtep);
            ValidateTunnel(segment, context.Problems);
            ValidatePeers(segment, vtep, context);
            foreach (StaticMacSection entry in segment.Static)
            {
                ValidateStatic(entry, segment, vtep, context);
            }

            UniqueValidator.Check(segment.Static.Where(s => s.Mac.IsKnown).Select(s => ($"{s.Mac.Value}", s.Mac.At)), "has a static entry in this segment already", context.Problems);
        }
    }

    private static void ValidateTunnel(SegmentSection segment, ProblemList problems)
    {
        if (segment.Vni.IsWritten && !segment.Vtep.IsWritten)
        {
            problems.Error(segment.Vni.At, "a VNI without 'vtep' goes nowhere", "the name of a tunnel endpoint beside it");
        }

        if (segment.Vtep.IsWritten && !segment.Vni.IsWritten)
        {
            problems.Error(segment.Vtep.At, "a tunnel endpoint without 'vni' carries no virtual network", "a virtual network identifier beside it");
        }

        if (segment.Peers.Count > 0 && !segment.Vtep.IsWritten)
        {
            problems.Error(segment.Peers[0].At, "peers of a segment without 'vtep' cannot be reached", "the name of a tunnel endpoint");
        }
    }

    private static void ValidatePeers(SegmentSection segment, VtepSection? vtep, ValidationContext context)
    {
        Setting<TunnelAddress>[] known = segment.Peers.Where(peer => peer.IsKnown).ToArray();
        UniqueValidator.Check(known.Select(peer => (peer.Value.ToString(), peer.At)), "is a peer of this segment already", context.Problems);
        foreach (Setting<TunnelAddress> peer in known)
        {
            ValidateReach(peer, vtep, context);
        }
    }

    private static void ValidateReach(Setting<TunnelAddress> peer, VtepSection? vtep, ValidationContext context)
    {
        if (vtep is not { Address.IsKnown: true })
        {
            return;
        }

        InterfaceAddress own = vtep.Address.Value;
        if (peer.Value == own.Address)
        {
            context.Problems.Error(peer.At, $"{peer.Value} is the address of tunnel endpoint {Quoted.Of(vtep.Name.Value ?? "")} itself", "a remote endpoint");
        }
        else if (peer.Value.IsIPv6 != own.Address.IsIPv6)
        {
            context.Problems.Error(peer.At, $"{peer.Value} is not of the family of its tunnel endpoint, {own.Address}", own.Address.IsIPv6 ? "an IPv6 address" : "an IPv4 address");
        }
        else if (!own.Address.SharesPrefix(peer.Value, own.PrefixLength) && !vtep.Gateway.IsWritten)
        {
            context.Problems.Error(peer.At, $"{peer.Value} is outside the network {own} and tunnel endpoint {Quoted.Of(vtep.Name.Value ?? "")} has no gateway", "a gateway, or a peer in that network");
        }
        else
        {
            WarnIfUnanswered(peer, vtep, context);
        }
    }

    /// <summary>A capture does not answer ARP or ND: without a neighbour entry, what is meant for the peer waits and is dropped.</summary>
    private static void WarnIfUnanswered(Setting<TunnelAddress> peer, VtepSection vtep, ValidationContext context)
    {
        InterfaceAddress own = vtep.Address.Value;
        TunnelAddress nextHop = own.Address.SharesPrefix(peer.Value, own.PrefixLength) || !vtep.Gateway.IsKnown ? peer.Value : vtep.Gateway.Value;
        bool isCapture = context.Document.Ports.Any(p => p.Name.IsKnown && p.Name.Value == vtep.Port.Value && p.Type is { IsKnown: true, Value: PortKind.Pcap });
        if (isCapture && !vtep.Neighbors.Any(neighbor => !neighbor.Address.IsKnown || neighbor.Address.Value == nextHop))
        {
            context.Problems.Warning(peer.At, $"the underlay of {peer.Value} is a capture, which answers no ARP, and {nextHop} is not among the endpoint's neighbors: what is sent there may be dropped");
        }
    }

    private static void ValidateStatic(StaticMacSection entry, SegmentSection segment, VtepSection? vtep, ValidationContext context)
    {
        if (entry.Port.IsWritten == entry.Peer.IsWritten)
        {
            context.Problems.Error(entry.At, entry.Port.IsWritten ? "a static entry has 'port' and 'peer'" : "a static entry has neither 'port' nor 'peer'", "exactly one of them");
            return;
        }

        if (entry.Peer.IsKnown && segment.Vtep.IsWritten)
        {
            ValidateReach(entry.Peer, vtep, context);
        }
        else if (entry.Peer.IsKnown)
        {
            context.Problems.Error(entry.Peer.At, "a peer of a segment without 'vtep' cannot be reached", "the name of a port, or a 'vtep' for the segment");
        }

        if (context.FindPort(entry.Port) is { Role.IsKnown: true, Vlan.Mode.IsKnown: true } port && segment.Vlan.IsKnown && !Carries(port, segment.Vlan.Value))
        {
            context.Problems.Error(entry.Port.At, $"port {Quoted.Of(entry.Port.Value)} does not carry VLAN {segment.Vlan.Value} of this segment", "an access-role port of that VLAN");
        }
    }

    /// <summary>True if frames of the VLAN pass the port.</summary>
    public static bool Carries(PortSection port, int vlan)
    {
        if (!port.Role.IsKnown || port.Role.Value != PortRole.Access)
        {
            return false;
        }

        return port.Vlan.Mode.Value == VlanMode.Access
            ? (port.Vlan.Id.IsKnown ? port.Vlan.Id.Value : VlanValidator.DefaultVlan) == vlan
            : port.Vlan.Allowed.Count == 0 || port.Vlan.Native.Value == vlan || port.Vlan.Allowed.Any(range => range.IsKnown && vlan >= range.Value.First && vlan <= range.Value.Last);
    }
}
