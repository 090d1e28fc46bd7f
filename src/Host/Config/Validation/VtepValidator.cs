using Weft.Encap;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Packets;

namespace Weft.Host.Config.Validation;

/// <summary>Tunnel endpoints: their port, their addresses, their neighbours.</summary>
internal static class VtepValidator
{
    private const int VxlanPort = 4789;
    private const int GenevePort = 6081;
    private const int VxlanGpePort = 4790;

    public static void Validate(ValidationContext context)
    {
        foreach (VtepSection vtep in context.Document.Vteps)
        {
            PortSection? port = context.FindPort(vtep.Port);
            if (port is { Role: { IsKnown: true, Value: not PortRole.Underlay } })
            {
                context.Problems.Error(vtep.Port.At, $"port {Quoted.Of(vtep.Port.Value)} has role access", "a port of role underlay");
            }

            if (vtep is { DscpModel: { IsKnown: true, Value: DscpModel.Uniform }, Dscp: { IsWrittenAndKnown: true, Value: not Shapes.QosShape.CopyDscp } })
            {
                context.Problems.Error(vtep.Dscp.At, "in the uniform model code points are the inner packet's on the way in", "'dscp: copy', or none");
            }

            if (vtep.Address.IsKnown)
            {
                ValidateGateway(vtep, context.Problems);
                ValidateNeighbors(vtep, context.Problems);
            }
        }

        ValidateSharedAddresses(context);
    }

    /// <summary>The UDP port, as written or by the tunnel protocol: IANA's 4789 (RFC 7348 section 8) or 6081 (RFC 8926 section 7).</summary>
    public static int UdpPort(VtepSection vtep) =>
        vtep.UdpPort.IsKnown ? vtep.UdpPort.Value : vtep.Encapsulation.Value switch
        {
            TunnelKind.Geneve => GenevePort,
            TunnelKind.VxlanGpe => VxlanGpePort,
            _ => VxlanPort,
        };

    /// <summary>The MAC address, as written or locally administered and made of the address, so that it is the same at every start.</summary>
    public static MacAddress Mac(VtepSection vtep) => vtep.Mac.IsKnown ? vtep.Mac.Value : DefaultMac(vtep.Address.Value.Address);

    /// <summary>The MAC address of an endpoint that is given none.</summary>
    public static MacAddress DefaultMac(TunnelAddress address) => new(0x0257_0000_0000UL | (address.IsIPv6 ? (uint)address.V6.Low : address.V4.Value));

    private static void ValidateGateway(VtepSection vtep, ProblemList problems)
    {
        if (!vtep.Gateway.IsKnown)
        {
            return;
        }

        InterfaceAddress own = vtep.Address.Value;
        if (vtep.Gateway.Value == own.Address)
        {
            problems.Error(vtep.Gateway.At, $"{own.Address} is the endpoint's own address", "the address of a router");
        }
        else if (!own.Address.SharesPrefix(vtep.Gateway.Value, own.PrefixLength))
        {
            problems.Error(vtep.Gateway.At, $"{vtep.Gateway.Value} is outside the endpoint's network", $"an address in the network of {own}");
        }
    }

    private static void ValidateNeighbors(VtepSection vtep, ProblemList problems)
    {
        InterfaceAddress own = vtep.Address.Value;
        NeighborSection[] known = vtep.Neighbors.Where(neighbor => neighbor.Address.IsKnown).ToArray();
        foreach (NeighborSection neighbor in known)
        {
            if (neighbor.Address.Value == own.Address)
            {
                problems.Error(neighbor.Address.At, $"{own.Address} is the endpoint's own address", "the address of a neighbour");
            }
            else if (!own.Address.SharesPrefix(neighbor.Address.Value, own.PrefixLength))
            {
                problems.Error(neighbor.Address.At, $"{neighbor.Address.Value} is outside the endpoint's network, so it is reached through the gateway", $"an address in the network of {own}");
            }
        }

        UniqueValidator.Check(known.Select(n => (n.Address.Value.ToString(), n.Address.At)), "is a neighbour already", problems);
    }

    /// <summary>Endpoints may share an address (VXLAN and Geneve on one host), but then they are one machine with one MAC address.</summary>
    private static void ValidateSharedAddresses(ValidationContext context)
    {
        var machines = new Dictionary<(string, TunnelAddress), VtepSection>();
        foreach (VtepSection vtep in context.Document.Vteps.Where(v => v.Port.IsKnown && v.Address.IsKnown))
        {
            VtepSection first = machines.TryAdd((vtep.Port.Value, vtep.Address.Value.Address), vtep) ? vtep : machines[(vtep.Port.Value, vtep.Address.Value.Address)];
            if (Mac(first) != Mac(vtep))
            {
                Location at = vtep.Mac.IsWritten ? vtep.Mac.At : vtep.Address.At;
                context.Problems.Error(at, $"{vtep.Address.Value.Address} has the MAC address {Mac(first)} at tunnel endpoint {Quoted.Of(first.Name.Value ?? "")}", "the same address for both");
            }
        }
    }
}
