using System.Security.Cryptography.X509Certificates;

namespace Weft.Cluster;

/// <summary>Where etcd is, and how long to wait for it.</summary>
public sealed record EtcdOptions
{
    /// <summary>
    /// The members' client addresses, such as <c>http://10.0.0.1:2379</c> or <c>https://etcd1.example:2379</c>; one at least. The one that answered last is asked
    /// first; give every host another order to spread the load.
    /// </summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>The certificate that this host shows (<c>--client-cert-auth</c>); null for none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The authorities that may have signed a member's certificate; null for those of the system.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Time that one member gets for one request: 50 ms to one minute, 2 s by default.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Silence after which a connection is asked whether it lives, and after as much again is given up: 1 to 60 s, 1 s by default. A member that is frozen is noticed by it.
    /// </summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock of waits between attempts.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Endpoints);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        if (Endpoints.Count == 0 || Endpoints.Any(endpoint => !endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")))
        {
            throw new ArgumentException("the endpoints are one or more addresses with http:// or https://", nameof(Endpoints));
        }

        Check(AttemptTimeout, TimeSpan.FromMilliseconds(50), nameof(AttemptTimeout));
        Check(PingInterval, TimeSpan.FromSeconds(1), nameof(PingInterval));
    }

    private static void Check(TimeSpan value, TimeSpan least, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMinutes(1), name);
    }
}
