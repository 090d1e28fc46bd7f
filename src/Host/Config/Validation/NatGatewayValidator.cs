using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Nat;

namespace Weft.Host.Config.Validation;

/// <summary>Gateways in front of hosts that share addresses: router, tunnel, and one source of owners at most.</summary>
internal static class NatGatewayValidator
{
    public static void Validate(ValidationContext context)
    {
        foreach (NatGatewaySection gateway in context.Document.NatGateways)
        {
            RouterSection? router = NatValidator.RouterOf(gateway.Router, context);
            if (gateway.Router.IsKnown && context.Document.Nat.Find(nat => nat.Router.IsKnown && nat.Router.Value == gateway.Router.Value) is { } nat)
            {
                context.Problems.Error(gateway.Router.At, $"router {Quoted.Of(gateway.Router.Value)} translates for machines ('nat' {Quoted.Of(nat.Name.Value ?? "")})", "a router of its own");
            }

            foreach (Setting<TunnelAddress> address in gateway.Addresses.Where(address => address is { IsKnown: true, Value.IsIPv6: true }))
            {
                context.Problems.Error(address.At, $"{address.Value} is IPv6", "an IPv4 address");
            }

            if (gateway.Addresses.Count == 0)
            {
                context.Problems.Error(gateway.At, "there are no shared addresses", "'addresses' with one at least");
            }

            ValidateTunnel(gateway, router, context.Problems);
            ValidateOwners(gateway, context);
        }

        UniqueValidator.Check(context.Document.NatGateways.Where(gateway => gateway.Name.IsKnown).Select(gateway => (Quoted.Of(gateway.Name.Value), gateway.Name.At)), "is the name of another gateway already", context.Problems);
        UniqueValidator.Check(context.Document.NatGateways.Where(gateway => gateway.Router.IsKnown).Select(gateway => ($"router {Quoted.Of(gateway.Router.Value)}", gateway.Router.At)), "is a gateway already", context.Problems);
    }

    /// <summary>Turns a section without errors into its plan.</summary>
    public static NatGatewayPlan Build(NatGatewaySection gateway, SwitchDocument document) => new()
    {
        Name = gateway.Name.Value,
        Router = document.Routers.FindIndex(router => router.Name.Value == gateway.Router.Value),
        Addresses = gateway.Addresses.Select(address => address.Value.V4).ToArray(),
        Tunnel = NatPlanBuilder.Build(gateway.Tunnel)!,
        Learns = gateway.Learn.Value,
        Owners = gateway.Owners.Count == 0 ? null : gateway.Owners.SelectMany(owner => NatValidator.BlocksOf(owner.Address.Value.V4, owner.Ports.Value).Select(block => new PortOwner(block, owner.Host.Value.V6))).ToArray(),
    };

    private static void ValidateTunnel(NatGatewaySection gateway, RouterSection? router, ProblemList problems)
    {
        NatTunnelSection tunnel = gateway.Tunnel;
        if (!tunnel.Prefix.IsWritten)
        {
            problems.Error(gateway.At, "a gateway without a tunnel reaches no host", "'tunnel' with 'prefix', 'address' and 'hosts'");
            return;
        }

        NatValidator.ValidatePlan(tunnel, router, problems);
        if (tunnel.Hosts.IsKnown && tunnel.Address.IsKnown && tunnel.Hosts.Value.Address.SharesPrefix(tunnel.Address.Value, tunnel.Hosts.Value.PrefixLength))
        {
            problems.Error(tunnel.Address.At, $"{tunnel.Address.Value} is in {tunnel.Hosts.Value}, so hosts would take the gateway for one of them and never send on what it brings", "an address outside the network of the hosts");
        }
    }

    private static void ValidateOwners(NatGatewaySection gateway, ValidationContext context)
    {
        bool learns = gateway.Learn is { IsKnown: true, Value: true };
        if (learns && !context.Document.Cluster.IsWritten)
        {
            context.Problems.Error(gateway.Learn.At, "owners are learned from the cluster, and there is none", "a 'cluster' beside it");
        }

        if (learns && gateway.Owners.Count > 0)
        {
            context.Problems.Error(gateway.Owners[0].Address.At, "owners are configured and learned at once", "either 'owners' or 'learn'");
        }

        foreach (PortOwnerSection owner in gateway.Owners.Where(owner => owner.Address.IsKnown && owner.Ports.IsKnown && owner.Host.IsKnown))
        {
            if (!gateway.Addresses.Any(address => !address.IsKnown || address.Value == owner.Address.Value))
            {
                context.Problems.Error(owner.Address.At, $"{owner.Address.Value} is no address of the gateway", "one of 'addresses'");
            }

            if (owner.Ports.Value.First % 2 != 0 || owner.Ports.Value.Last % 2 != 1)
            {
                context.Problems.Error(owner.Ports.At, $"{owner.Ports.Value} cannot be split into blocks of a power of two", "a range that begins with an even port and ends with an odd one, such as 1024-2047");
            }

            if (!owner.Host.Value.IsIPv6 || (gateway.Tunnel.Hosts.IsKnown && !gateway.Tunnel.Hosts.Value.Address.SharesPrefix(owner.Host.Value, gateway.Tunnel.Hosts.Value.PrefixLength)))
            {
                context.Problems.Error(owner.Host.At, $"{owner.Host.Value} is no tunnel address of a host", "an address in 'tunnel.hosts'");
            }
        }

        for (int i = 1; i < gateway.Owners.Count; i++)
        {
            PortOwnerSection owner = gateway.Owners[i];
            if (owner.Ports.IsKnown && gateway.Owners.Take(i).Any(other => other.Ports.IsKnown && other.Address.Value == owner.Address.Value && other.Ports.Value.First <= owner.Ports.Value.Last && owner.Ports.Value.First <= other.Ports.Value.Last))
            {
                context.Problems.Error(owner.Ports.At, $"{owner.Ports.Value} of {owner.Address.Value} overlaps the ports of another owner", "each port once");
            }
        }
    }
}
