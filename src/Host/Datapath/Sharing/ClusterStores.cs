using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weft.Cluster;
using Weft.Host.Config;

namespace Weft.Host.Datapath.Sharing;

/// <summary>Opens the store of a plan.</summary>
internal static class ClusterStores
{
    /// <summary>Opens it, or has it ready for the moment when another process has let go of its file.</summary>
    /// <exception cref="SwitchStartException">A file cannot be read; the message says which and why.</exception>
    public static IClusterStore Open(ClusterPlan plan, bool follows) => follows && plan.File is not null ? new FollowingStore(() => Open(plan)) : Open(plan);

    /// <exception cref="SwitchStartException">A file cannot be read; the message says which and why.</exception>
    private static IClusterStore Open(ClusterPlan plan)
    {
        try
        {
            return plan.File is string file
                ? new EmbeddedStore(new EmbeddedStoreOptions { Path = file })
                : new EtcdStore(new EtcdOptions { Endpoints = plan.Endpoints, ClientCertificate = Certificate(plan), TrustedRoots = Authorities(plan) });
        }
        catch (Exception refused) when (refused is IOException or InvalidDataException or UnauthorizedAccessException or CryptographicException)
        {
            throw new SwitchStartException($"cluster: {refused.Message}", refused);
        }
    }

    private static X509Certificate2? Certificate(ClusterPlan plan)
    {
        if (plan.CertificatePath is null)
        {
            return null;
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(plan.KeyPath!) & KeyFile.Others) != 0)
        {
            throw new SwitchStartException($"cluster: the file {plan.KeyPath} is accessible to more than its owner; expected chmod 600");
        }

        return X509Certificate2.CreateFromPemFile(plan.CertificatePath, plan.KeyPath);
    }

    private static X509Certificate2Collection? Authorities(ClusterPlan plan)
    {
        if (plan.AuthorityPath is null)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(plan.AuthorityPath);
        return authorities.Count > 0 ? authorities : throw new SwitchStartException($"cluster: the file {plan.AuthorityPath} holds no certificate");
    }
}
