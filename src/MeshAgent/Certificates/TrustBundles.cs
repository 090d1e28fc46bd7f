using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;

namespace Weft.MeshAgent.Certificates;

/// <summary>The roots of each trust domain. A domain's roots vouch for its own names and for nobody else's.</summary>
internal sealed class TrustBundles(IReadOnlyDictionary<string, X509Certificate2Collection> roots)
{
    private readonly FrozenDictionary<string, X509Certificate2Collection> _roots = roots.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The trust domains.</summary>
    public IEnumerable<string> Domains => _roots.Keys;

    /// <summary>The roots of a trust domain; null if it is unknown.</summary>
    public X509Certificate2Collection? Find(string domain) => _roots.GetValueOrDefault(domain);
}
