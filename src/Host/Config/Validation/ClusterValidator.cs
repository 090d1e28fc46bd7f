using System.Numerics;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>What hosts share: one store, and who needs it.</summary>
internal static class ClusterValidator
{
    private const int Ports = 65_536;

    public static void Validate(ValidationContext context)
    {
        ClusterSection cluster = context.Document.Cluster;
        if (cluster.IsWritten)
        {
            ValidateStore(cluster, context.Problems);
            if (!context.Document.Ports.Any(port => port.Type is { IsKnown: true, Value: not (PortKind.Pcap or PortKind.Bond) }))
            {
                context.Problems.Error(cluster.At, "leases run on the machine's clock, and without a live port the switch has its own", "a tap, af_packet or af_xdp port, or no cluster");
            }
        }

        foreach (SegmentSection segment in context.Document.Segments.Where(segment => segment.Discover is { IsKnown: true, Value: true }))
        {
            RequireCluster(segment.Discover.At, "peers are discovered through the cluster, and there is none", context);
            if (!segment.Vtep.IsWritten)
            {
                context.Problems.Error(segment.Discover.At, "a segment without 'vtep' has no peers", "the name of a tunnel endpoint");
            }
        }

        foreach (NatSection nat in context.Document.Nat)
        {
            ValidateShared(nat, context);
        }
    }

    private static void ValidateStore(ClusterSection cluster, ProblemList problems)
    {
        bool hasEtcd = cluster.Etcd.Endpoints.Count > 0;
        if (cluster.File.IsWritten == hasEtcd)
        {
            problems.Error(cluster.At, hasEtcd ? "the cluster has two stores" : "the cluster has no store", "either 'file' or 'etcd' with endpoints");
        }

        if (cluster.Etcd.Certificate.IsWritten != cluster.Etcd.Key.IsWritten)
        {
            problems.Error(cluster.Etcd.At, "a certificate and its key go together", "both 'certificate' and 'key', or neither");
        }
    }

    private static void ValidateShared(NatSection nat, ValidationContext context)
    {
        NatSharedSection shared = nat.Shared;
        if (shared.IsWritten == nat.Blocks.Count > 0)
        {
            context.Problems.Error(nat.At, shared.IsWritten ? "ports are owned and leased at once" : "there are no ports to translate to", "either 'blocks' of this host alone, or 'shared' addresses of a cluster");
            return;
        }

        if (!shared.IsWritten)
        {
            return;
        }

        RequireCluster(shared.At, "blocks of shared addresses are leased through the cluster, and there is none", context);
        if (shared.Addresses.Count == 0)
        {
            context.Problems.Error(shared.At, "there are no shared addresses", "one address at least");
        }

        foreach (Setting<TunnelAddress> address in shared.Addresses.Where(address => address is { IsKnown: true, Value.IsIPv6: true }))
        {
            context.Problems.Error(address.At, $"{address.Value} is IPv6", "an IPv4 address");
        }

        if (shared.BlockPorts.IsKnown && !BitOperations.IsPow2(shared.BlockPorts.Value))
        {
            context.Problems.Error(shared.BlockPorts.At, $"{shared.BlockPorts.Value} is no power of two", "a power of two from 16 to 32768");
        }

        if (shared.FirstPort.IsKnown && shared.BlockPorts.IsKnown && shared.FirstPort.Value + shared.BlockPorts.Value > Ports)
        {
            context.Problems.Error(shared.FirstPort.At, $"there is no block of {shared.BlockPorts.Value} ports from {shared.FirstPort.Value} on", $"at most {Ports - shared.BlockPorts.Value}");
        }

        if (nat.Static.Count > 0)
        {
            context.Problems.Error(nat.Static[0].At, "a port that is open for good needs a block that never moves to another host", "'blocks' instead of 'shared'");
        }
    }

    private static void RequireCluster(Location at, string problem, ValidationContext context)
    {
        if (!context.Document.Cluster.IsWritten)
        {
            context.Problems.Error(at, problem, "a 'cluster' beside it");
        }
    }
}
