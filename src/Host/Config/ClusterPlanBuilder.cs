using System.Numerics;
using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;

namespace Weft.Host.Config;

/// <summary>Turns what hosts share, of a document without errors, into its plans.</summary>
internal static class ClusterPlanBuilder
{
    public static ClusterPlan? Build(ValidationContext context)
    {
        ClusterSection cluster = context.Document.Cluster;
        return !cluster.IsWritten ? null : new ClusterPlan
        {
            Host = cluster.Host.IsKnown ? cluster.Host.Value : context.Document.General.Name.Value,
            File = Resolve(cluster.File, context),
            Endpoints = cluster.Etcd.Endpoints.Select(endpoint => new Uri(endpoint.Value)).ToArray(),
            AuthorityPath = Resolve(cluster.Etcd.Authority, context),
            CertificatePath = Resolve(cluster.Etcd.Certificate, context),
            KeyPath = Resolve(cluster.Etcd.Key, context),
            Lease = TimeSpan.FromSeconds(cluster.LeaseSeconds.Value),
        };
    }

    public static NatSharedPlan? Build(NatSharedSection shared) => !shared.IsWritten ? null : new NatSharedPlan(
        shared.Addresses.Select(address => address.Value.V4).ToArray(),
        (byte)BitOperations.Log2((uint)shared.BlockPorts.Value),
        (shared.FirstPort.Value + shared.BlockPorts.Value - 1) / shared.BlockPorts.Value,
        shared.SparePorts.Value,
        shared.MaxBlocks.Value,
        TimeSpan.FromSeconds(shared.QuarantineSeconds.Value));

    private static string? Resolve(Setting<string> path, ValidationContext context) => path.IsKnown ? context.Resolve(path.Value) : null;
}
