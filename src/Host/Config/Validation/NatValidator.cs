using System.Numerics;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Config.Validation;

/// <summary>Address translation and load balancing: routers, segments, blocks, tunnel.</summary>
internal static class NatValidator
{
    private const int MaxBlocks = 64;
    private const int PlanPrefixLength = 64;

    public static void Validate(ValidationContext context)
    {
        foreach (NatSection nat in context.Document.Nat)
        {
            RouterSection? router = RouterOf(nat.Router, context);
            RequireInterface(nat.Outside, router, context.Problems);
            ValidateBlocks(nat, context.Problems);
            ValidateTunnel(nat, router, context.Problems);
            foreach (Setting<NetworkAddress> inside in nat.Inside.Where(inside => inside is { IsKnown: true, Value.Address.IsIPv6: true }))
            {
                context.Problems.Error(inside.At, $"{inside.Value} is IPv6, which is not translated", "an IPv4 network");
            }

            foreach (NatStaticSection known in nat.Static)
            {
                ValidateStatic(known, nat, context.Problems);
            }
        }

        UniqueValidator.Check(context.Document.Nat.Where(nat => nat.Router.IsKnown).Select(nat => ($"router {Quoted.Of(nat.Router.Value)}", nat.Router.At)), "is translated already", context.Problems);
        foreach (LbSection lb in context.Document.Lb)
        {
            RouterSection? router = RouterOf(lb.Router, context);
            RequireInterface(lb.Front, router, context.Problems);
            RequireInterface(lb.Back, router, context.Problems);
            if (lb.Front.IsKnown && lb.Back.IsKnown && lb.Front.Value == lb.Back.Value)
            {
                context.Problems.Error(lb.Back.At, "load balancers and servers are in one segment, so the router does not see what they say to each other", "two segments");
            }

            UniqueValidator.Check(lb.Members.Where(member => member.Name.IsKnown).Select(member => (Quoted.Of(member.Name.Value), member.Name.At)), "is the name of another load balancer already", context.Problems);
            UniqueValidator.Check(lb.Members.Where(member => member.Mac.IsKnown).Select(member => ($"{member.Mac.Value}", member.Mac.At)), "is another load balancer's already", context.Problems);
        }
    }

    /// <summary>The fewest aligned blocks of a power of two that are exactly the ports.</summary>
    public static IEnumerable<PortBlock> BlocksOf(NatBlockSection section) => BlocksOf(section.Address.Value.V4, section.Ports.Value);

    /// <summary>The fewest aligned blocks of a power of two that are exactly the ports.</summary>
    public static IEnumerable<PortBlock> BlocksOf(IPv4Address address, NumberRange ports)
    {
        for (int port = ports.First; port < ports.Last;)
        {
            int log2 = Math.Min(Math.Min(BitOperations.TrailingZeroCount(port), BitOperations.Log2((uint)(ports.Last - port + 1))), PortBlock.MaxLog2Size);
            yield return new PortBlock(address, (ushort)port, (byte)log2, LeaseEpoch: 1);
            port += 1 << log2;
        }
    }

    /// <summary>The router of a name; a problem if there is none.</summary>
    public static RouterSection? RouterOf(Setting<string> name, ValidationContext context)
    {
        RouterSection? found = name.IsKnown ? context.Document.Routers.Find(router => router.Name.IsKnown && router.Name.Value == name.Value) : null;
        if (name.IsKnown && found is null)
        {
            context.Problems.Error(name.At, $"no router has the name {Quoted.Of(name.Value)}{NearestName.Hint(name.Value, [.. context.Document.Routers.Where(router => router.Name.IsKnown).Select(router => router.Name.Value)])}");
        }

        return found;
    }

    private static void RequireInterface(Setting<string> segment, RouterSection? router, ProblemList problems)
    {
        if (segment.IsKnown && router is not null && !router.Interfaces.Any(at => !at.Segment.IsKnown || at.Segment.Value == segment.Value))
        {
            problems.Error(segment.At, $"the router has no interface in segment {Quoted.Of(segment.Value)}{NearestName.Hint(segment.Value, [.. router.Interfaces.Where(at => at.Segment.IsKnown).Select(at => at.Segment.Value)])}");
        }
    }

    private static void ValidateBlocks(NatSection nat, ProblemList problems)
    {
        NatBlockSection[] known = [.. nat.Blocks.Where(block => block.Address.IsKnown && block.Ports.IsKnown)];
        foreach (NatBlockSection block in known)
        {
            if (block.Address.Value.IsIPv6)
            {
                problems.Error(block.Address.At, $"{block.Address.Value} is IPv6", "an IPv4 address");
            }
            else if (block.Ports.Value.First % 2 != 0 || block.Ports.Value.Last % 2 != 1)
            {
                problems.Error(block.Ports.At, $"{block.Ports.Value} cannot be split into blocks of a power of two", "a range that begins with an even port and ends with an odd one, such as 1024-2047");
            }
        }

        PortBlock[] blocks = [.. known.Where(block => !block.Address.Value.IsIPv6 && block.Ports.Value.First % 2 == 0 && block.Ports.Value.Last % 2 == 1).SelectMany(BlocksOf)];
        if (blocks.Length > MaxBlocks)
        {
            problems.Error(nat.Blocks[0].At, $"the ranges are {blocks.Length} blocks of a power of two", $"{MaxBlocks} at most; aligned ranges need fewer");
        }

        for (int i = 1; i < known.Length; i++)
        {
            NumberRange ports = known[i].Ports.Value;
            if (known.Take(i).Any(other => other.Address.Value == known[i].Address.Value && other.Ports.Value.First <= ports.Last && ports.First <= other.Ports.Value.Last))
            {
                problems.Error(known[i].Ports.At, $"{ports} of {known[i].Address.Value} overlaps another block", "each port once");
            }
        }
    }

    private static void ValidateTunnel(NatSection nat, RouterSection? router, ProblemList problems)
    {
        NatTunnelSection tunnel = nat.Tunnel;
        if (!tunnel.Prefix.IsWritten)
        {
            if (tunnel.Address.IsWritten || tunnel.Hosts.IsWritten)
            {
                problems.Error(tunnel.Address.IsWritten ? tunnel.Address.At : tunnel.Hosts.At, "the key has no meaning without 'prefix'", "the prefix of the address plan beside it");
            }

            return;
        }

        ValidatePlan(tunnel, router, problems);
        if (tunnel.Hosts.IsKnown && tunnel.Address.IsKnown && !tunnel.Hosts.Value.Address.SharesPrefix(tunnel.Address.Value, tunnel.Hosts.Value.PrefixLength))
        {
            problems.Error(tunnel.Hosts.At, $"{tunnel.Hosts.Value} does not contain this host's own address", "the network of the tunnel addresses of all hosts");
        }
    }

    /// <summary>What hosts and gateways have in common: a whole tunnel with a plan, from an address of the router.</summary>
    public static void ValidatePlan(NatTunnelSection tunnel, RouterSection? router, ProblemList problems)
    {
        if (tunnel.Prefix.IsKnown && (!tunnel.Prefix.Value.Address.IsIPv6 || tunnel.Prefix.Value.PrefixLength != PlanPrefixLength || tunnel.Prefix.Value.Address.V6.High >> 56 != 0xFD))
        {
            problems.Error(tunnel.Prefix.At, $"{tunnel.Prefix.Value} is no prefix of an address plan", $"one of {PlanPrefixLength} bits in fd00::/8");
        }

        if (!tunnel.Address.IsWritten || !tunnel.Hosts.IsWritten)
        {
            problems.Error(tunnel.Prefix.At, "the tunnel is not complete", "'address' and 'hosts' beside 'prefix'");
        }

        if (tunnel.Address.IsKnown && router is not null && !router.Interfaces.SelectMany(at => at.Addresses).Any(own => !own.IsKnown || own.Value.Address == tunnel.Address.Value))
        {
            problems.Error(tunnel.Address.At, $"{tunnel.Address.Value} is no address of the router", "one of its IPv6 addresses");
        }
    }

    private static void ValidateStatic(NatStaticSection known, NatSection nat, ProblemList problems)
    {
        foreach (Setting<TunnelAddress> address in new[] { known.Inside, known.Outside }.Where(address => address is { IsKnown: true, Value.IsIPv6: true }))
        {
            problems.Error(address.At, $"{address.Value} is IPv6", "an IPv4 address");
        }

        bool isOwn = nat.Blocks.Any(block => !block.Address.IsKnown || !block.Ports.IsKnown
            || (block.Address.Value == known.Outside.Value && known.OutsidePort.Value >= block.Ports.Value.First && known.OutsidePort.Value <= block.Ports.Value.Last));
        if (known.Outside.IsKnown && known.OutsidePort.IsKnown && !isOwn && !nat.Shared.IsWritten)
        {
            problems.Error(known.OutsidePort.At, $"port {known.OutsidePort.Value} of {known.Outside.Value} is in no block of this host", "a port of one of the blocks");
        }
    }
}
